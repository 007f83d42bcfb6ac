import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ApiSetupError } from './errors.js';

/** Bits of a file's mode that let others than its owner at it. */
const OTHERS = 0o077;
const TOKEN = /^[\w.~+/-]{16,}=*$/;

/**
 * A file with a secret in it. @throws ApiSetupError API_KEY_EXPOSED if others than its owner may read or write it; what node:fs throws
 */
export function readSecret(path: string): string {
  const file = openSync(path, 'r');
  try {
    // Of the open file, so that nobody puts another one in its place between the look and the read.
    const mode = fstatSync(file).mode & 0o777;
    if ((mode & OTHERS) !== 0) {
      throw new ApiSetupError(
        'API_KEY_EXPOSED',
        `${path} has mode 0${mode.toString(8)}: others than its owner may use it; chmod 600 it (and make a new one if somebody may have read it)`,
      );
    }
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/** The token of a file. @throws ApiSetupError API_BAD_TOKEN, API_KEY_EXPOSED; what node:fs throws */
export function readToken(path: string): string {
  const token = readSecret(path).trim();
  if (TOKEN.test(token)) return token;
  throw new ApiSetupError(
    'API_BAD_TOKEN',
    `${path} holds no token, which is at least 16 letters, digits or -._~+/; remove it to have one made`,
  );
}

/** The token of a file, which is made, mode 0600, if there is none. @throws as `readToken` */
export function readOrMakeToken(path: string): string {
  try {
    return readToken(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const token = randomBytes(32).toString('base64url');
  try {
    writeFileSync(path, `${token}\n`, { mode: 0o600, flag: 'wx' });
    return token;
  } catch (error) {
    // Somebody made one at the same moment.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return readToken(path);
    throw error;
  }
}

/** In a time that does not tell how much of a guess was right. */
export function isSameToken(given: string, token: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(given), hash(token));
}

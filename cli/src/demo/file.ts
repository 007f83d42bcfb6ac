import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, Failure } from '../failure.js';
import type { DemoFile } from './demo.js';

/** This repository's README. */
const OWN_README = fileURLToPath(new URL('../../../README.md', import.meta.url));

/** @throws Failure for a file that cannot be read */
export async function demoFile(path = OWN_README): Promise<DemoFile> {
  try {
    return { name: basename(path), content: await readFile(path) };
  } catch (error) {
    throw new Failure(`cannot read the file to store: ${(error as Error).message}`, EXIT.USAGE, {
      cause: error,
    });
  }
}

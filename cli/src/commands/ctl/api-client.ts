import { existsSync, readFileSync } from 'node:fs';
import { type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { readSecret, readToken } from '@bluebridge/controller/api';
import { defaultTokenFile } from '../../fabric/api-token.js';
import { Failure } from '../../failure.js';

export const DEFAULT_API = 'http://127.0.0.1:9560';

export interface ApiConnection {
  readonly api: string;
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Milliseconds without a byte of an answer. */
const PATIENCE = 30_000;

/** Ask the API of a controller. @throws Failure with what the API said, or why there was no answer */
export async function askApi(
  connection: ApiConnection,
  method: string,
  path: string,
  body?: object,
): Promise<unknown> {
  const { status, text } = await exchange(connection, method, path, body);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Failure(`${connection.api} is no controller's API: it answered ${status} without JSON`);
  }
  if (status < 300) return answer;
  const { code = `HTTP ${status}`, message = '' } = answer as { code?: string; message?: string };
  throw new Failure(`${code}: ${message}`);
}

function exchange(
  { api, tokenFile, ca, cert, key }: ApiConnection,
  method: string,
  path: string,
  body: object | undefined,
): Promise<{ status: number; text: string }> {
  const url = new URL(path, api);
  const file = tokenFile ?? defaultTokenFile();
  // With a certificate of its own (mTLS) no token may be needed.
  const token = tokenFile !== undefined || existsSync(file) ? readToken(file) : undefined;
  const options = {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(ca !== undefined && { ca: readFileSync(ca) }),
    ...(cert !== undefined && { cert: readFileSync(cert) }),
    ...(key !== undefined && { key: readSecret(key) }),
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void =>
      reject(
        new Failure(
          `no answer from ${api}: ${error.message || String(error)}; does "bluebridge controller --api" run?`,
        ),
      );
    const onAnswer = (answer: IncomingMessage): void => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => {
        text += part;
      });
      answer.on('error', fail);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
    };
    const asked = url.protocol === 'https:' ? secure(url, options, onAnswer) : plain(url, options, onAnswer);
    asked.setTimeout(PATIENCE, () => asked.destroy(new Error(`nothing for ${PATIENCE / 1000} s`)));
    asked.on('error', fail);
    asked.end(body && JSON.stringify(body));
  });
}

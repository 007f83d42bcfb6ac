import { BlockList, isIP } from 'node:net';
import { ApiSetupError } from './errors.js';

export interface ListenAt {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:9560`, `[::1]:9560`, `localhost:0`. @throws ApiSetupError API_BAD_ADDRESS */
export function parseListen(text: string): ListenAt {
  const [, six, other, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? [];
  const host = six ?? other;
  const port = Number(digits);
  const isWrong = host === undefined || port > 65535 || (six !== undefined && isIP(six) !== 6);
  if (!isWrong) return { host, port };
  throw new ApiSetupError(
    'API_BAD_ADDRESS',
    `found "${text}", expected HOST:PORT as in 127.0.0.1:9560 or [::1]:9560`,
  );
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether nobody but this machine can reach it. A name other than `localhost` may mean anything. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  if (version === 0) return host === 'localhost';
  return loopback.check(host, version === 6 ? 'ipv6' : 'ipv4');
}

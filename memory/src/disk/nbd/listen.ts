import { isIP } from 'node:net';
import { DiskError } from '../device.js';

/** Where a server listens. */
export type ListenAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** sun_path has 108 bytes with its end. */
const MAX_PATH = 107;

/** `unix:/run/x.sock`, `tcp:127.0.0.1:10809`, `tcp:[::1]:0` (0: a free port). @throws DiskError BAD_ARGUMENT */
export function parseListen(text: string): ListenAddress {
  const refuse = (why: string): never => {
    throw new DiskError('BAD_ARGUMENT', `${text}: ${why}; e.g. unix:/run/disk.sock or tcp:127.0.0.1:10809`);
  };
  const [, kind, rest = ''] = /^(unix|tcp):(.*)$/s.exec(text) ?? refuse('no address to listen on');
  if (kind === 'unix') {
    if (rest === '' || rest.includes('\0')) refuse('a socket needs a path');
    const length = Buffer.byteLength(rest);
    if (length > MAX_PATH) refuse(`a path of ${length} bytes; the system takes ${MAX_PATH}`);
    return { kind, path: rest };
  }
  const [, v6, name, digits = ''] =
    /^(?:\[([^\]]*)\]|([^:[\]]+)):(\d{1,5})$/.exec(rest) ?? refuse('no host:port');
  if (v6 !== undefined && isIP(v6) !== 6) refuse(`${v6} is no IPv6 address`);
  const port = Number(digits);
  if (port > 65_535) refuse(`port ${port} is over 65535`);
  return { kind: 'tcp', host: v6 ?? name!, port };
}

/** Only this machine reaches it. Names other than `localhost` may be anything. */
export function isLocal(address: ListenAddress): boolean {
  if (address.kind === 'unix') return true;
  const { host } = address;
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** As NBD clients want it: `nbd+unix:///NAME?socket=PATH`, `nbd://HOST:PORT/NAME`. */
export function nbdUri(address: ListenAddress, exportName: string): string {
  const name = encodeURIComponent(exportName);
  if (address.kind === 'unix') {
    const path = address.path.split('/').map(encodeURIComponent).join('/');
    return `nbd+unix:///${name}?socket=${path}`;
  }
  const host = isIP(address.host) === 6 ? `[${address.host}]` : address.host;
  return `nbd://${host}:${address.port}/${name}`;
}

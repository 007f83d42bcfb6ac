// Where a server may be reached, and by whom. A P4Runtime connection rules the switch, so off this machine it needs TLS
// (specification, "Security concerns").
import { isIPv4 } from 'node:net';
import { ServerCredentials } from '@grpc/grpc-js';
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { certificatesOf, checkKeyPair } from '../grpc/pem.js';

export interface ServerTlsOptions {
  /** PEM of the server's key and certificate, with the authorities between it and the root, if any. */
  readonly key: Buffer;
  readonly certificate: Buffer;
  /** PEM of the authorities that sign controllers' certificates: every controller then needs one (mutual TLS). */
  readonly clientCa?: Buffer;
}

export interface ListenOptions {
  readonly tls?: ServerTlsOptions;
  /** Listens off the loopback without TLS: whoever can reach the port can then rule the switch. */
  readonly allowInsecure?: boolean;
}

/**
 * @throws P4RuntimeError FAILED_PRECONDITION off the loopback without TLS, INVALID_ARGUMENT for keys and certificates
 * that are none
 */
export function serverCredentials(
  address: string,
  { tls, allowInsecure = false }: ListenOptions,
): ServerCredentials {
  if (tls) {
    checkKeyPair('tls.key', tls.key, 'tls.certificate', tls.certificate);
    if (tls.clientCa) certificatesOf('tls.clientCa', tls.clientCa);
    const pair = { private_key: tls.key, cert_chain: tls.certificate };
    return ServerCredentials.createSsl(tls.clientCa ?? null, [pair], tls.clientCa !== undefined);
  }
  if (!allowInsecure && !isLoopback(address)) {
    throw new P4RuntimeError(
      `${address} can be reached from other machines, and whoever reaches it can rule the switch: give tls, listen on 127.0.0.1, [::1] or a unix: socket, or say allowInsecure`,
      Code.FAILED_PRECONDITION,
    );
  }
  return ServerCredentials.createInsecure();
}

/** Whether an address as `listen` takes it is of this machine only. A name other than `localhost` is not looked up. */
export function isLoopback(address: string): boolean {
  if (/^unix(-abstract)?:/.test(address)) return true;
  const target = address.replace(/^(dns|ipv4|ipv6):(\/*)/, '');
  const host = /^\[(.*)\](:\d+)?$/.exec(target)?.[1] ?? target.replace(/:\d+$/, '');
  if (isIPv4(host)) return host.startsWith('127.');
  return host === '::1' || host === 'localhost' || /^::ffff:127\.\d+\.\d+\.\d+$/i.test(host);
}

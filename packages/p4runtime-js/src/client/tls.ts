import { ChannelCredentials } from '@grpc/grpc-js';
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { invalid } from '../errors/within.js';
import { certificatesOf, checkKeyPair } from '../grpc/pem.js';

export interface TlsOptions {
  /** PEM of the authorities to trust; the system's unless given. */
  readonly ca?: Buffer;
  /** PEM of the controller's own key and certificate, for mutual TLS. */
  readonly key?: Buffer;
  readonly certificate?: Buffer;
  /** The name in the server's certificate, where it is not that of the address. */
  readonly serverName?: string;
}

/** @throws P4RuntimeError INVALID_ARGUMENT for PEM that is none, or a key that is not the certificate's */
export function channelCredentials(tls: TlsOptions | undefined): ChannelCredentials {
  if (!tls) return ChannelCredentials.createInsecure();
  const { ca, key, certificate } = tls;
  if (ca) certificatesOf('tls.ca', ca);
  if (key && certificate) checkKeyPair('tls.key', key, 'tls.certificate', certificate);
  else if (key || certificate)
    throw invalid(
      `${key ? 'tls.key is given without tls.certificate' : 'tls.certificate is given without tls.key'}; give both or neither`,
    );
  return ChannelCredentials.createSsl(ca ?? null, key ?? null, certificate ?? null);
}

/** What the TLS library says, and what that means for a person; the first that fits. */
const MEANINGS: readonly (readonly [pattern: RegExp, meaning: string])[] = [
  [
    /certificate required/,
    'the server asks for a client certificate: give tls.key and tls.certificate, signed by an authority that it trusts',
  ],
  [/alert certificate expired/, 'the server finds that tls.certificate has expired; renew it'],
  [
    /alert (unknown ca|bad certificate|certificate unknown|unsupported certificate)/,
    'the server does not trust tls.certificate: have it signed by an authority that the server knows',
  ],
  [
    /certificate has expired/,
    "the server's certificate has expired; renew it there (or this machine's clock is wrong)",
  ],
  [
    /certificate is not yet valid/,
    "the server's certificate is not valid yet (or this machine's clock is wrong)",
  ],
  [
    /unable to (verify|get)|self[- ]signed/,
    "the server's certificate is not signed by an authority that is trusted here: give the authority's certificate as tls.ca",
  ],
  [
    /does not match certificate's altnames/,
    "the server's certificate is for another name: connect by a name that it has, or give that as tls.serverName",
  ],
  [
    /wrong version number|packet length too long/,
    'the server does not speak TLS there: leave tls out, or switch TLS on in the server',
  ],
];

/** The reason for which a session did not begin, with what TLS may have to do with it in words. */
export function explainConnect(error: P4RuntimeError, tls: TlsOptions | undefined): P4RuntimeError {
  if (error.code !== Code.UNAVAILABLE) return error;
  const text = error.rawMessage.replace(/\s*Resolution note: *$/, '').replaceAll(/\s+/g, ' ');
  const meaning = tls && MEANINGS.find(([pattern]) => pattern.test(text))?.[1];
  const said = meaning ?? (BROKEN_OFF.test(text) ? brokenOff(tls) : undefined);
  if (!said && text === error.rawMessage) return error;
  return new P4RuntimeError(said ? `${text} - ${said}` : text, error.code, { cause: error.cause });
}

/** TLS 1.3 servers refuse a client certificate after the handshake, and the alert is often lost with the connection. */
const BROKEN_OFF = /Failed to connect|ECONNRESET|socket hang up|Connection dropped|disconnected before/i;

function brokenOff(tls: TlsOptions | undefined): string {
  if (!tls) return 'the server broke off: it may demand TLS (give tls), or not be a gRPC server';
  if (!tls.certificate)
    return 'the server broke off: it may ask for a client certificate (give tls.key and tls.certificate)';
  const [own] = certificatesOf('tls.certificate', tls.certificate);
  if (Date.parse(own!.validTo) < Date.now())
    return `tls.certificate has expired, on ${own!.validTo}; renew it`;
  return 'the server broke off: it may not trust tls.certificate; have it signed by an authority that the server knows';
}

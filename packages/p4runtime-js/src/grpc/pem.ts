// Keys and certificates are checked when they are given, so that a wrong file is an error with a name and not a connection
// that fails later for a reason that the TLS library alone understands. No error holds any part of a key.
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { invalid } from '../errors/within.js';

/** The certificates of a PEM text, the first one being the holder's. @throws P4RuntimeError INVALID_ARGUMENT */
export function certificatesOf(name: string, pem: Buffer): X509Certificate[] {
  const blocks = pem.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (!blocks)
    throw invalid(
      `${name} holds no certificate: expected PEM that begins with -----BEGIN CERTIFICATE-----, found ${pem.length} bytes without it`,
    );
  return blocks.map((block, i) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw invalid(`${name}: certificate ${i + 1} of ${blocks.length} cannot be read; the file is damaged`);
    }
  });
}

/** @throws P4RuntimeError INVALID_ARGUMENT unless key and certificate belong together */
export function checkKeyPair(
  keyName: string,
  key: Buffer,
  certificateName: string,
  certificate: Buffer,
): void {
  const [own] = certificatesOf(certificateName, certificate);
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(key);
  } catch {
    throw invalid(`${keyName} holds no private key that can be read: expected PEM without a passphrase`);
  }
  if (!own!.checkPrivateKey(privateKey))
    throw invalid(`${keyName} is not the key of ${certificateName}, which is for ${holder(own!)}`);
}

/** Of a certificate, in one line. */
export const holder = (certificate: X509Certificate): string =>
  certificate.subject.replaceAll('\n', ', ') || 'nobody';

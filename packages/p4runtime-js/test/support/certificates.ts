// An authority and certificates for one test run, made by the openssl command, which every Debian has.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface KeyPair {
  readonly key: Buffer;
  readonly certificate: Buffer;
}

export class Authority {
  readonly #directory = mkdtempSync(join(tmpdir(), 'p4runtime-js-tls-'));
  readonly certificate: Buffer;
  #count = 0;

  constructor() {
    this.#openssl(
      'req',
      '-x509',
      ...NEW_KEY,
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=test authority',
      '-days',
      '2',
    );
    this.certificate = this.#file('ca.pem');
  }

  /** @param names e.g. `DNS:localhost,IP:127.0.0.1` @param days of validity from now; below zero, it has expired */
  issue(names = 'DNS:localhost,IP:127.0.0.1', days = 2): KeyPair {
    const name = `certificate${++this.#count}`;
    writeFileSync(join(this.#directory, `${name}.cnf`), `subjectAltName=${names}\n`);
    this.#openssl('req', ...NEW_KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    this.#openssl(
      ...['x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-out', `${name}.pem`, '-days', String(days), '-extfile', `${name}.cnf`],
    );
    return { key: this.#file(`${name}.key`), certificate: this.#file(`${name}.pem`) };
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true });
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.#directory, stdio: 'pipe' });
  }

  #file(name: string): Buffer {
    return readFileSync(join(this.#directory, name));
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

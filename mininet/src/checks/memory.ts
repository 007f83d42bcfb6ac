import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientSpec } from '@bluebridge/templates';
import type { Finished } from '../messages.js';
import { type Bench, type Check, lastLine } from './check.js';
import { checkSpoofing } from './spoof.js';

/** Several pages, and no whole number of them. */
const FILE_BYTES = 5 * 4096 + 123;

/**
 * The quick start's story with `owner` as the one who stores a file, each step a `bluebridge client` process in a host. Where there is another client, it is refused, granted and
 * revoked, and tries to pass for the owner.
 */
export async function checkMemory(
  bench: Bench,
  owner: ClientSpec,
  other: ClientSpec | undefined,
): Promise<Check[]> {
  const story = new Story(bench, owner, other);
  try {
    await story.tell();
  } finally {
    await story.tidy();
  }
  return story.checks;
}

class Story {
  readonly checks: Check[] = [];
  private readonly content = randomBytes(FILE_BYTES);
  private readonly files: { readonly put: string; readonly got: string };

  constructor(
    private readonly bench: Bench,
    private readonly owner: ClientSpec,
    private readonly other: ClientSpec | undefined,
  ) {
    const file = (what: string) => join(bench.folder, `${owner.name}.${what}`);
    this.files = { put: file('put'), got: file('got') };
  }

  async tell(): Promise<void> {
    const { owner, other, files } = this;
    await writeFile(files.put, this.content);
    const put = await this.client(owner, ['--json', 'put', files.put]);
    const address = addressOf(put);
    this.check(`${owner.name} stores ${FILE_BYTES} bytes`, address !== undefined, address ?? lastLine(put));
    if (address === undefined) return;
    await this.reads(owner, address, `${owner.name} reads them back`);
    if (other) await this.share(address, other);
    const free = await this.client(owner, ['free', address]);
    this.check(`${owner.name} frees them`, free.status === 0, lastLine(free));
    await this.refused(owner, ['get', address, files.got], `${owner.name} has them no more: read refused`);
  }

  private async share(address: string, other: ClientSpec): Promise<void> {
    const { owner, files } = this;
    const get = ['get', address, files.got];
    await this.refused(other, get, `${other.name} has no permission: read refused`);
    const grant = await this.client(owner, ['grant', address, other.name]);
    this.check(`${owner.name} grants ${other.name} read`, grant.status === 0, lastLine(grant));
    await this.reads(other, address, `${other.name} reads the same`);
    const write = ['write', address, files.put];
    await this.refused(other, write, `${other.name} may only read: write refused`);
    const revoke = await this.client(owner, ['revoke', address, other.name]);
    this.check(`${owner.name} revokes it`, revoke.status === 0, lastLine(revoke));
    await this.refused(other, get, `${other.name}'s grant is revoked: read refused`);
    this.checks.push(await checkSpoofing(this.bench, owner, other, address, files.got));
  }

  private async reads(who: ClientSpec, address: string, name: string): Promise<void> {
    await rm(this.files.got, { force: true });
    const got = await this.client(who, ['get', address, this.files.got]);
    const bytes = await readFile(this.files.got).catch(() => undefined);
    const held = got.status === 0 && bytes?.equals(this.content) === true;
    this.check(name, held, got.status !== 0 ? lastLine(got) : held ? 'the same bytes' : 'other bytes');
  }

  /** Held only where the fabric says NO_PERMISSION, and nothing arrived. */
  private async refused(who: ClientSpec, argv: readonly string[], name: string): Promise<void> {
    await rm(this.files.got, { force: true });
    const result = await this.client(who, argv);
    const nothing = await readFile(this.files.got).then(
      () => false,
      () => true,
    );
    const held = result.status === 1 && /\bNO_PERMISSION\b/.test(result.stderr) && nothing;
    this.check(name, held, held ? 'NO_PERMISSION' : lastLine(result));
  }

  private client(who: ClientSpec, argv: readonly string[]): Promise<Finished> {
    const { client, specFile, run } = this.bench;
    return run(who.name, [...client, '--spec', specFile, '--as', who.name, ...argv]);
  }

  private check(name: string, held: boolean, seen: string): void {
    this.checks.push({ name, held, seen });
  }

  async tidy(): Promise<void> {
    for (const file of Object.values(this.files)) await rm(file, { force: true });
  }
}

/** What `put --json` printed. */
function addressOf({ status, stdout }: Finished): string | undefined {
  if (status !== 0) return undefined;
  const { address } = JSON.parse(stdout) as { address?: unknown };
  return typeof address === 'string' ? address : undefined;
}

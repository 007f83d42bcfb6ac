import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientSpec } from '@bluebridge/templates';
import { spoofedSpec } from '../spec.js';
import { type Bench, type Check, lastLine } from './check.js';

/** How long the liar waits for an answer that must not come, milliseconds. */
const TIMEOUT = 1500;

/** `liar` asks for what `owner` may have, in the owner's name, from the liar's own port. The switch drops it without an answer. */
export async function checkSpoofing(
  { fabric, client, folder, run }: Bench,
  owner: ClientSpec,
  liar: ClientSpec,
  address: string,
  target: string,
): Promise<Check> {
  const specFile = join(folder, `spoof-${liar.name}-${owner.name}.yaml`);
  await rm(target, { force: true });
  await writeFile(specFile, spoofedSpec(fabric, owner, liar));
  const argv = [...client, '--spec', specFile, '--as', owner.name, '--timeout', String(TIMEOUT)];
  const result = await run(liar.name, [...argv, 'get', address, target]);
  const arrived = await readFile(target).then(
    () => true,
    () => false,
  );
  const held = result.status === 1 && /\bTIMEOUT\b|no answer/i.test(result.stderr) && !arrived;
  return {
    name: `${liar.name} claims to be ${owner.name}: dropped`,
    held,
    seen: held ? 'no answer' : lastLine(result),
  };
}

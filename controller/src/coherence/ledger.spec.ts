import assert from 'node:assert/strict';
import { remembered, StoreLedger } from './ledger.js';
import type { Session } from './sessions.js';

function rig() {
  const records = new Map<string, string>();
  const full = { now: false };
  const commits: number[] = [];
  const put = async (changes: ReadonlyMap<string, string>): Promise<void> => {
    if (full.now) throw new Error('disk full');
    commits.push(changes.size);
    for (const [key, value] of changes) records.set(key, value);
  };
  const open = (): StoreLedger =>
    new StoreLedger(put, remembered(records) ?? { lastGeneration: 0, lastEpoch: 0, joins: [] });
  return { records, full, commits, open };
}

const session = { node: 0x2a, incarnation: 0x1f2e3d4c5b6an, joins: 3 } as Session;

describe('the ledger of coherence', () => {
  it('writes generations down ahead, many at a time', async () => {
    const { open, commits, records } = rig();
    const ledger = open();
    await Promise.all(Array.from({ length: 4000 }, (_, i) => ledger.reserve(i + 1)));
    assert.equal(commits.length, 1);
    assert.ok(remembered(records)!.lastGeneration >= 4000);
  });

  it('never lets a generation be given again by the next controller, across the wrap', async () => {
    const { open, records } = rig();
    records.set('directory', JSON.stringify({ generation: 0xffff_fff0, epoch: 0 }));
    const ledger = open();
    for (let i = 1; i < 100; i++) await ledger.reserve((0xffff_fff0 + i) % 0x1_0000_0000);
    const { lastGeneration } = remembered(records)!;
    assert.ok(lastGeneration >= 83 && lastGeneration < 10_000);
  });

  it('remembers the last JOIN of a client and the last epoch', async () => {
    const { open, records } = rig();
    await open().joined(session, 77);
    const { lastEpoch, joins } = remembered(records)!;
    assert.equal(lastEpoch, 77);
    assert.deepEqual(joins, [{ node: 0x2a, incarnation: 0x1f2e3d4c5b6an, joins: 3 }]);
  });

  it('keeps the epoch when it writes generations down', async () => {
    const { open, records } = rig();
    const ledger = open();
    await ledger.joined(session, 77);
    await ledger.reserve(5000);
    assert.equal(remembered(records)!.lastEpoch, 77);
  });

  it('gives nothing out that it could not write down', async () => {
    const { open, full } = rig();
    const ledger = open();
    full.now = true;
    await assert.rejects(ledger.reserve(1), /disk full/);
    full.now = false;
    await ledger.reserve(1);
  });

  it('knows a fabric that was never coherent', () => {
    assert.equal(remembered(new Map([['fabric', '{}']])), undefined);
  });

  it('takes nothing that makes no sense', () => {
    const good = ['directory', '{"generation":1,"epoch":2}'] as const;
    for (const bad of [
      [['directory', '{"generation":-1,"epoch":2}']],
      [['directory', 'no JSON']],
      [good, ['session/zz', '{"incarnation":"1","joins":1}']],
      [good, ['session/0001', '{"incarnation":"x","joins":1}']],
    ] as const) {
      assert.throws(() => remembered(new Map<string, string>(bad)), { code: 'STORE_CORRUPT' });
    }
  });
});

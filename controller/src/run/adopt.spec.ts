import assert from 'node:assert/strict';
import { RIGHTS } from '@bluebridge/templates';
import { Allocations } from '../intent/allocations.js';
import type { PlannedEntry } from '../plan/entry.js';
import { planPermissions } from '../plan/plan.js';
import { testFabric as fabric } from '../testing/fabric.js';
import { adoptPermissions } from './adopt.js';

describe('adoptPermissions', () => {
  it('gives back the intent that the entries came from', () => {
    const allocations = new Allocations();
    const stamp = { incarnation: 1n, generation: 1n };
    const { added } = allocations.allocated(0x101, { start: 0n, end: 0x4000n }, 1, stamp);
    allocations.share(added[0]!, 2, { start: 0x1000n, end: 0x4000n, rights: RIGHTS.READ });
    const adopted = new Allocations();
    adoptPermissions(fabric, adopted, planPermissions(allocations));
    assert.deepEqual(planPermissions(adopted), planPermissions(allocations));
  });

  it('does not adopt what the fabric does not know', () => {
    const entry = (node: bigint, domain: bigint, rights: bigint): PlannedEntry => ({
      table: 'permission',
      match: {
        'meta.domain': domain,
        'hdr.ipv6.dst_node': node,
        'hdr.ipv6.dst_pointer': { value: 0n, prefix: 52 },
      },
      action: 'allow',
      params: { rights },
    });
    const adopted = new Allocations();
    adoptPermissions(fabric, adopted, [entry(0x999n, 1n, 7n), entry(0x101n, 99n, 7n), entry(0x102n, 2n, 1n)]);
    assert.deepEqual([...adopted], []);
  });
});

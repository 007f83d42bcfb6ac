import assert from 'node:assert/strict';
import { Allocations } from '../intent/allocations.js';
import { testFabric as fabric } from '../testing/fabric.js';
import { entryKey } from './entry.js';
import { planFlood, planHosts, planPermissions } from './plan.js';

const stamp = (generation: bigint) => ({ incarnation: 1n, generation });

describe('planHosts', () => {
  it('lets each node speak behind its own port only, as what it is', () => {
    const guards = planHosts(fabric, 's1').filter((e) => e.table === 'source_guard');
    assert.deepEqual(
      guards.map((g) => [...Object.values(g.match), g.action, ...Object.values(g.params)]),
      [
        [3n, 1n, 'client', 1n],
        [4n, 2n, 'client', 2n],
        [5n, 3n, 'client', 2n],
        [1n, 0x101n, 'server'],
        [2n, 0x102n, 'server'],
      ],
    );
  });

  it('routes a whole node with one prefix', () => {
    const routes = planHosts(fabric, 's1').filter((e) => e.table === 'routes');
    assert.equal(routes.length, 5);
    assert.deepEqual(routes[0]?.match['meta.home'], { value: 0x101n << 64n, prefix: 16 });
  });

  it('knows stations only where ordinary traffic is on', () => {
    const tables = (on: boolean) => {
      const features = { ...fabric.features, ordinaryTraffic: on };
      return new Set(planHosts({ ...fabric, features }, 's1').map((e) => e.table));
    };
    assert.ok(tables(true).has('stations'));
    assert.ok(!tables(false).has('stations'));
  });

  it('floods to every host', () => assert.deepEqual(planFlood(fabric, 's1'), [1, 2, 3, 4, 5]));
});

describe('planPermissions', () => {
  it('needs one entry for an allocation and the fewest for a share', () => {
    const allocations = new Allocations();
    allocations.allocated(0x101, { start: 0x4000n, end: 0x8000n }, 1, stamp(1n));
    const [allocation] = [...allocations];
    allocations.share(allocation!, 2, { start: 0x5000n, end: 0x8000n, rights: 1 });
    assert.deepEqual(planPermissions(allocations).map(entryKey), [
      'permission(hdr.ipv6.dst_node=101,hdr.ipv6.dst_pointer=4000/50,meta.domain=1)',
      'permission(hdr.ipv6.dst_node=101,hdr.ipv6.dst_pointer=5000/52,meta.domain=2)',
      'permission(hdr.ipv6.dst_node=101,hdr.ipv6.dst_pointer=6000/51,meta.domain=2)',
    ]);
  });

  it('asks nothing more of a switch for what stays as it was', () => {
    const allocations = new Allocations();
    allocations.allocated(0x101, { start: 0n, end: 0x1000n }, 1, stamp(1n));
    const before = planPermissions(allocations);
    assert.equal(allocations.allocated(0x101, { start: 0n, end: 0x1000n }, 1, stamp(1n)).verdict, 'repeated');
    assert.deepEqual(planPermissions(allocations), before);
  });
});

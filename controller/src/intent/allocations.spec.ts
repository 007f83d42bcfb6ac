import assert from 'node:assert/strict';
import { Allocations } from './allocations.js';

const NODE = 0x101;
const range = (start: bigint, size = 0x1000n) => ({ start, end: start + size });
const stamp = (generation: bigint, incarnation = 1000n) => ({ incarnation, generation });

describe('Allocations', () => {
  it('finds the allocation that holds a range, and only a whole one', () => {
    const a = new Allocations();
    a.allocated(NODE, range(0x4000n, 0x4000n), 1, stamp(1n));
    assert.equal(a.find(NODE, range(0x5000n))?.owner, 1);
    assert.equal(a.find(NODE, range(0x7000n, 0x2000n)), undefined);
    assert.equal(a.find(NODE, range(0x3000n)), undefined);
    assert.equal(a.find(0x102, range(0x5000n)), undefined);
    assert.equal(a.used(NODE), 0x4000n);
  });

  it('takes a repeated reply for what it is', () => {
    const a = new Allocations();
    assert.equal(a.allocated(NODE, range(0n), 1, stamp(1n)).verdict, 'applied');
    assert.equal(a.allocated(NODE, range(0n), 1, stamp(1n)).verdict, 'repeated');
    assert.equal(a.freed(NODE, range(0n), stamp(2n)).verdict, 'applied');
    assert.equal(a.freed(NODE, range(0n), stamp(2n)).verdict, 'repeated');
    assert.equal(a.used(NODE), 0n);
  });

  it('does not let a late ALLOC reply revive an owner', () => {
    const a = new Allocations();
    a.allocated(NODE, range(0n), 1, stamp(1n));
    a.freed(NODE, range(0n), stamp(2n));
    assert.equal(a.allocated(NODE, range(0n), 1, stamp(1n)).verdict, 'stale');
    assert.equal(a.find(NODE, range(0n)), undefined);
    a.allocated(NODE, range(0n), 2, stamp(3n));
    assert.equal(a.allocated(NODE, range(0n), 1, stamp(1n)).verdict, 'stale');
    assert.equal(a.find(NODE, range(0n))?.owner, 2);
  });

  it('does not let a late FREE reply take the memory of the next owner', () => {
    const a = new Allocations();
    a.allocated(NODE, range(0n), 1, stamp(1n));
    a.allocated(NODE, range(0n), 2, stamp(3n));
    assert.equal(a.freed(NODE, range(0n), stamp(2n)).verdict, 'applied');
    assert.equal(a.find(NODE, range(0n))?.owner, 2);
  });

  it('replaces what a lost FREE reply left behind, shares included', () => {
    const a = new Allocations();
    a.allocated(NODE, range(0n, 0x2000n), 1, stamp(1n));
    a.share(a.find(NODE, range(0n))!, 7, { ...range(0n), rights: 1 });
    a.allocated(NODE, range(0x1000n), 2, stamp(3n));
    assert.deepEqual(
      [...a].map((x) => [x.start, x.owner, x.shares.size]),
      [[0x1000n, 2, 0]],
    );
  });

  it('forgets everything that a server held before it restarted, and ignores its former life', () => {
    const a = new Allocations();
    a.allocated(NODE, range(0n), 1, stamp(9n, 1000n));
    assert.equal(a.allocated(NODE, range(0x1000n), 2, stamp(1n, 2000n)).verdict, 'applied');
    assert.equal(a.find(NODE, range(0n)), undefined);
    assert.equal(a.allocated(NODE, range(0x2000n), 1, stamp(10n, 1000n)).verdict, 'stale');
    assert.equal(a.used(NODE), 0x1000n);
  });

  it('adopts what a switch still holds as older than any word of the server', () => {
    const a = new Allocations();
    a.adopt(NODE, range(0n), 1);
    assert.equal(a.freed(NODE, range(0n), stamp(5n)).verdict, 'applied');
    assert.equal(a.find(NODE, range(0n)), undefined);
  });

  it('shares parts and takes them back', () => {
    const a = new Allocations();
    a.allocated(NODE, range(0n, 0x4000n), 1, stamp(1n));
    a.share(a.find(NODE, range(0n))!, 2, { ...range(0x1000n), rights: 1 });
    a.share(a.find(NODE, range(0n))!, 2, { ...range(0x2000n), rights: 1 });
    assert.deepEqual(a.find(NODE, range(0n))!.shares.get(2), [{ start: 0x1000n, end: 0x3000n, rights: 1 }]);
    a.share(a.find(NODE, range(0n))!, 2, { ...range(0n, 0x4000n), rights: 0 });
    assert.equal(a.find(NODE, range(0n))!.shares.size, 0);
  });
});

import assert from 'node:assert/strict';
import { wire } from '@bluebridge/memory';
import { Allocations } from '../intent/allocations.js';
import { withdrawalsOf } from './withdrawals.js';

const READ = wire.Right.READ;
const BOTH = wire.Right.READ | wire.Right.WRITE;

function rig() {
  const allocations = new Allocations();
  const allocation = () => allocations.find(1, { start: 0n, end: 0x4000n })!;
  allocations.adopt(1, { start: 0n, end: 0x4000n }, 7);
  const share = (domain: number, start: bigint, end: bigint, rights: number) =>
    allocations.share(allocation(), domain, { start, end, rights });
  return { allocations, allocation, share };
}

describe('withdrawals', () => {
  it('are none where something is given', () => {
    const { share } = rig();
    assert.deepEqual(withdrawalsOf([share(8, 0n, 0x2000n, READ)]), []);
    assert.deepEqual(withdrawalsOf([share(8, 0n, 0x4000n, READ)]), []);
    assert.deepEqual(withdrawalsOf([share(8, 0n, 0x1000n, BOTH)]), []);
  });

  it('call a range in whose share is taken back', () => {
    const { share } = rig();
    share(8, 0x1000n, 0x3000n, BOTH);
    const taken = withdrawalsOf([share(8, 0x1000n, 0x3000n, 0)]);
    assert.deepEqual(taken, [{ node: 1, start: 0x1000n, end: 0x3000n, remove: false }]);
  });

  it('call a range in that may only be read from now on, or in part', () => {
    const { share } = rig();
    share(8, 0n, 0x4000n, BOTH);
    share(9, 0n, 0x4000n, BOTH);
    const whole = [{ node: 1, start: 0n, end: 0x4000n, remove: false }];
    assert.deepEqual(withdrawalsOf([share(8, 0n, 0x1000n, READ)]), whole);
    assert.deepEqual(withdrawalsOf([share(9, 0x1000n, 0x2000n, 0)]), whole);
  });

  it('take memory out of the directory that is nobody’s any more, or somebody else’s', () => {
    const { allocations, allocation } = rig();
    const before = allocation();
    allocations.remove(before);
    const gone = { removed: [before], added: [] };
    const whole = [{ node: 1, start: 0n, end: 0x4000n, remove: true }];
    assert.deepEqual(withdrawalsOf([gone]), whole);
    const other = allocations.adopt(1, { start: 0n, end: 0x4000n }, 9);
    assert.deepEqual(withdrawalsOf([{ removed: [before], added: [other] }]), whole);
  });
});

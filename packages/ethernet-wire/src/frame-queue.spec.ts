import assert from 'node:assert/strict';
import fc from 'fast-check';
import { frameNumber, numberedFrame } from '../test/support.js';
import { FrameQueue } from './frame-queue.js';

describe('FrameQueue', () => {
  it('gives back copies of what was pushed, in order, whatever the lengths', () => {
    const rounds = fc.array(fc.array(fc.uint8Array({ minLength: 1, maxLength: 9000 }), { maxLength: 40 }), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(rounds, (batches) => {
        const queue = new FrameQueue(40, 1 << 20);
        for (const batch of batches) {
          for (const frame of batch) {
            const scratch = frame.slice();
            assert(queue.push(scratch));
            scratch.fill(0xee);
          }
          assert.equal(queue.length, batch.length);
          assert.deepEqual(
            queue.take().map((f) => f.slice()),
            batch,
          );
          assert.equal(queue.length, 0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps a taken batch intact while the next one fills', () => {
    const queue = new FrameQueue(100, 1 << 20);
    queue.push(numberedFrame(1));
    const [taken] = queue.take();
    for (let n = 2; n < 50; n++) queue.push(numberedFrame(n));
    assert.equal(frameNumber(taken!), 1);
  });

  it('is bounded in frames and in bytes, but takes any one frame', () => {
    const few = new FrameQueue(2, 1 << 20);
    assert.deepEqual(
      [1, 2, 3].map((n) => few.push(numberedFrame(n))),
      [true, true, false],
    );
    few.take();
    assert(few.push(numberedFrame(4)));

    const small = new FrameQueue(100, 1000);
    assert(small.push(numberedFrame(1, 5000)));
    assert(!small.push(numberedFrame(2, 4)));
    small.take();
    assert(small.push(numberedFrame(3, 500)));
    assert(!small.push(numberedFrame(4, 501)));
    assert.deepEqual(small.take().map(frameNumber), [3]);
  });

  it('uses a view again when the same lengths come round', () => {
    const queue = new FrameQueue(10, 1 << 20);
    const views = [0, 1, 2, 3].map(() => {
      queue.push(numberedFrame(7));
      return queue.take()[0];
    });
    assert.equal(views[0], views[2]);
    assert.equal(views[1], views[3]);
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MemoryError } from './errors.js';
import { transferPages } from './transfer.js';

describe('transferPages', () => {
  it('cuts any range at page boundaries, in order, within its width', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(300),
        fc.nat(500),
        fc.integer({ min: 1, max: 5 }),
        fc.boolean(),
        async (start, length, width, now) => {
          const pieces: [number, number][] = [];
          let open = 0;
          let most = 0;
          await transferPages(start, length, 64, width, (from, to, done) => {
            pieces.push([start + from, start + to]);
            most = Math.max(most, ++open);
            const settle = () => {
              open--;
              done(undefined);
            };
            if (now) settle();
            else queueMicrotask(settle);
          });
          assert.ok(most <= width && open === 0);
          let at = start;
          for (const [from, to] of pieces) {
            assert.ok(from === at && to > from && Math.floor(from / 64) === Math.floor((to - 1) / 64));
            assert.ok(to === start + length || to % 64 === 0);
            at = to;
          }
          assert.equal(at, start + length);
        },
      ),
    );
  });

  it('begins nothing after a failure, and waits for what is open', async () => {
    const settle: ((error?: MemoryError) => void)[] = [];
    const transfer = transferPages(0, 640, 64, 3, (_from, _to, done) => settle.push(done));
    const outcome = transfer.then(
      () => 'done',
      (error: MemoryError) => error.code,
    );
    settle[1]!(new MemoryError('NO_ROUTE', 'x'));
    settle[0]!(new MemoryError('TIMEOUT', 'y'));
    assert.equal(settle.length, 3);
    assert.equal(await Promise.race([outcome, Promise.resolve('open')]), 'open');
    settle[2]!();
    assert.equal(await outcome, 'NO_ROUTE');
    assert.equal(settle.length, 3);
  });
});

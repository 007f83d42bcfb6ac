import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ReadWriteLock } from './read-write-lock.js';

describe('ReadWriteLock', () => {
  it('never lets a write overlap anything, and keeps the order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('read', 'write', 'failing write'), { maxLength: 20 }),
        fc.scheduler(),
        async (kinds, scheduler) => {
          const lock = new ReadWriteLock();
          let readers = 0;
          let writers = 0;
          const started: number[] = [];
          const jobs = kinds.map((kind, i) => {
            const job = async () => {
              started.push(i);
              if (kind === 'read') readers++;
              else writers++;
              assert.ok(writers === 0 || (writers === 1 && readers === 0));
              await scheduler.schedule(Promise.resolve());
              if (kind === 'read') readers--;
              else writers--;
              if (kind === 'failing write') throw new Error('failed');
            };
            const result = kind === 'read' ? lock.read(job) : lock.write(job);
            return result.catch((error: Error) => assert.equal(error.message, 'failed'));
          });
          await scheduler.waitFor(Promise.all(jobs));
          assert.deepEqual(
            started,
            kinds.map((_, i) => i),
          );
        },
      ),
    );
  });

  it('lets reads overlap', async () => {
    const lock = new ReadWriteLock();
    let release: () => void = () => {};
    const first = lock.read(
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    await lock.read(() => {});
    release();
    await first;
  });
});

import assert from 'node:assert/strict';
import { collect, frameNumber, numberedFrame, turn } from '../test/support.js';
import { wirePair } from './pair.js';

describe('wirePair', () => {
  it('carries frames both ways, in order, copied, counted', async () => {
    const [a, b] = wirePair();
    const atA = collect(a);
    const atB = collect(b);
    const scratch = numberedFrame(0);
    for (let n = 0; n < 10; n++) {
      scratch.set(numberedFrame(n));
      assert(a.send(scratch));
    }
    b.send(numberedFrame(99, 1500));
    assert.deepEqual((await atB.until(10)).map(frameNumber), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual((await atA.until(1)).map(frameNumber), [99]);
    assert.deepEqual(a.stats, {
      rxFrames: 1,
      rxBytes: 1500,
      rxDropped: 0,
      txFrames: 10,
      txBytes: 640,
      txDropped: 0,
    });
  });

  it('never runs a handler on the stack of the sender, and gives what was sent in one turn as one batch', async () => {
    const [a, b] = wirePair();
    const atB = collect(b);
    a.send(numberedFrame(1));
    a.send(numberedFrame(2));
    a.flush();
    assert.equal(atB.frames.length, 0);
    await atB.until(2);
    assert.deepEqual(atB.batches, [2]);
  });

  it('lets two ends that answer each other share the loop with a timer', async () => {
    const [a, b] = wirePair();
    let bounces = 0;
    let stop = false;
    for (const end of [a, b]) {
      end.onFrames((frames) => {
        bounces++;
        if (!stop) end.send(frames[0]!);
      });
    }
    a.send(numberedFrame(1));
    await new Promise((resolve) => setTimeout(resolve, 0));
    stop = true;
    assert(bounces > 0);
  });

  it('delivers in the same order whenever the same sends are made', async () => {
    const run = async (): Promise<string[]> => {
      const log: string[] = [];
      const links = [wirePair(), wirePair(), wirePair()];
      links.forEach(([left, right], i) => {
        right.onFrames((frames) => {
          log.push(`right${i}:${frames.map(frameNumber).join()}`);
          for (const frame of frames)
            if (frameNumber(frame) < 6) right.send(numberedFrame(frameNumber(frame) + 2));
        });
        left.onFrames((frames) => {
          log.push(`left${i}:${frames.map(frameNumber).join()}`);
          for (const frame of frames) links[(i + 1) % 3]![0].send(frame);
        });
      });
      for (let n = 0; n < 4; n++) links[n % 3]![0].send(numberedFrame(n));
      for (let t = 0; t < 30; t++) await turn();
      return log;
    };
    const first = await run();
    assert(first.length > 10);
    assert.deepEqual(await run(), first);
  });

  it('keeps frames that come before the handler, up to its bound, and counts the rest as dropped', async () => {
    const [a, b] = wirePair({ queueFrames: 3 });
    assert.deepEqual(
      [1, 2, 3, 4].map((n) => a.send(numberedFrame(n))),
      [true, true, true, false],
    );
    assert.equal(a.stats.txDropped, 1);
    await turn();
    const atB = collect(b);
    assert.deepEqual((await atB.until(3)).map(frameNumber), [1, 2, 3]);
    assert(a.send(numberedFrame(5)));
  });

  it('refuses empty frames and frames that are too long', () => {
    const [a] = wirePair({ maxFrame: 100 });
    assert.equal(a.maxFrame, 100);
    assert(a.send(new Uint8Array(100)));
    assert(!a.send(new Uint8Array(101)));
    assert(!a.send(new Uint8Array(0)));
    assert.equal(a.stats.txDropped, 2);
  });

  it('after close drops what is sent from and to the closed end, and delivers what it had sent', async () => {
    const [a, b] = wirePair();
    const atA = collect(a);
    const atB = collect(b);
    a.send(numberedFrame(1));
    b.send(numberedFrame(2));
    await a.close();
    await a.close();
    assert(!a.send(numberedFrame(3)));
    assert(!b.send(numberedFrame(4)));
    assert.deepEqual((await atB.until(1)).map(frameNumber), [1]);
    await turn();
    assert.equal(atA.frames.length, 0);
    assert.equal(a.stats.rxDropped, 1);
    assert.equal(b.stats.txDropped, 1);
  });
});

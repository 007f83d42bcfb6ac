import assert from 'node:assert/strict';
import fc from 'fast-check';
import { collect, frameNumber, ManualClock, numberedFrame, turn } from '../test/support.js';
import { type ImpairOptions, impair, seededRandom } from './impair.js';
import { wirePair } from './pair.js';

async function through(count: number, options: ImpairOptions, length = 64) {
  const clock = new ManualClock();
  const [a, b] = wirePair({ queueFrames: 100_000, queueBytes: 1 << 26 });
  const wire = impair(a, { clock, ...options });
  const received = collect(b);
  for (let n = 0; n < count; n++) {
    wire.send(numberedFrame(n, length));
    clock.advance(0.5);
  }
  clock.advance(10_000);
  await turn();
  await wire.close();
  await b.close();
  return {
    numbers: received.frames.map(frameNumber),
    frames: received.frames,
    counts: wire.impairments,
    wire,
  };
}

describe('impair', () => {
  it('passes everything on at once by default', async () => {
    const { numbers, counts } = await through(50, {});
    assert.deepEqual(numbers, [...Array(50).keys()]);
    assert.deepEqual(counts, { lost: 0, duplicated: 0, reordered: 0, corrupted: 0, overflowed: 0 });
  });

  it('accounts for every frame under any mix, and does the same again with the same seed', async () => {
    const probability = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.record({ loss: probability, duplicate: probability, reorder: probability, corrupt: probability }),
        fc.nat(1000),
        fc.constantFrom(0, 3),
        async (probabilities, seed, delayMs) => {
          const run = () => through(60, { ...probabilities, delayMs, random: seededRandom(seed) });
          const first = await run();
          assert.equal(first.numbers.length, 60 - first.counts.lost + first.counts.duplicated);
          const second = await run();
          assert.deepEqual(second.frames, first.frames);
          assert.deepEqual(second.counts, first.counts);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('loses, duplicates, reorders and corrupts about as often as asked to', async () => {
    const { counts } = await through(10_000, { loss: 0.1, duplicate: 0.2, reorder: 0.3, corrupt: 0.05 });
    const near = (found: number, expected: number): void =>
      assert(Math.abs(found - expected) < 4 * Math.sqrt(expected), `${found} is not near ${expected}`);
    near(counts.lost, 1000);
    near(counts.duplicated, 1800);
    near(counts.reordered, 2700);
    near(counts.corrupted, 450);
  });

  it('lets later frames overtake a reordered one, and loses none of them', async () => {
    const fates = [0.9, 0.9, 0.1, 0.9, 0]; // the third of five draws decides on reordering
    let draw = 0;
    const { numbers } = await through(6, {
      reorder: 0.5,
      reorderMs: 1.2,
      random: () => (draw < 5 ? fates[draw++]! : 0.9),
    });
    assert.deepEqual(numbers, [1, 2, 0, 3, 4, 5]);
  });

  it('flips exactly one bit of a copy', async () => {
    const { frames } = await through(20, { corrupt: 1 }, 100);
    for (const [n, frame] of frames.entries()) {
      const original = numberedFrame(n, 100);
      const bits = frame.reduce(
        (sum, byte, i) => sum + (byte ^ original[i]!).toString(2).replaceAll('0', '').length,
        0,
      );
      assert.equal(bits, 1);
    }
  });

  it('delays by exactly what was asked for', async () => {
    const clock = new ManualClock();
    const [a, b] = wirePair();
    const wire = impair(a, { delayMs: 5, clock });
    const received = collect(b);
    const scratch = numberedFrame(1);
    wire.send(scratch);
    scratch.fill(0xff);
    clock.advance(4.9);
    await turn();
    assert.equal(received.frames.length, 0);
    clock.advance(0.1);
    assert.deepEqual((await received.until(1)).map(frameNumber), [1]);
  });

  it('treats what is received as it does what is sent, where asked to', async () => {
    const [a, b] = wirePair();
    const wire = impair(a, { duplicate: 1, direction: 'receive' });
    const atA = collect(wire);
    const atB = collect(b);
    wire.send(numberedFrame(1));
    b.send(numberedFrame(2));
    const frames = await atA.until(2);
    assert.deepEqual(frames.map(frameNumber), [2, 2]);
    assert.deepEqual((await atB.until(1)).map(frameNumber), [1]);
    await turn();
    assert.equal(atB.frames.length, 1);
  });

  it('gives a duplicate memory of its own', async () => {
    const [a, b] = wirePair();
    const wire = impair(a, { duplicate: 1 });
    const seen = new Promise<number[]>((resolve) => {
      wire.onFrames((frames) => {
        frames[0]!.fill(0xff);
        resolve(frames.map(frameNumber));
      });
    });
    b.send(numberedFrame(7));
    assert.deepEqual(await seen, [0xffffffff, 7]);
  });

  it('is bounded, and loses what it holds when it is closed', async () => {
    const clock = new ManualClock();
    const [a, b] = wirePair();
    const wire = impair(a, { delayMs: 5, queueFrames: 3, clock });
    const received = collect(b);
    for (let n = 0; n < 5; n++) wire.send(numberedFrame(n));
    assert.equal(wire.impairments.overflowed, 2);
    await wire.close();
    clock.advance(100);
    await turn();
    assert.equal(received.frames.length, 0);
    assert.equal(wire.impairments.lost, 3);
    assert(!wire.send(numberedFrame(9)));
  });

  it('refuses frames that the wire inside would refuse', () => {
    const [a] = wirePair({ maxFrame: 100 });
    const wire = impair(a, { loss: 1 });
    assert(!wire.send(new Uint8Array(101)));
    assert(wire.send(new Uint8Array(100)));
    assert.equal(wire.stats.txDropped, 1);
  });

  it('refuses probabilities and times that are none', () => {
    const [a] = wirePair();
    assert.throws(
      () => impair(a, { loss: 5 }),
      /loss is 5; a probability is a number from 0 to 1, such as 0\.05/,
    );
    assert.throws(() => impair(a, { corrupt: Number.NaN }), /corrupt is NaN/);
    assert.throws(() => impair(a, { delayMs: -1 }), /delayMs is -1; expected milliseconds, 0 or more/);
  });
});

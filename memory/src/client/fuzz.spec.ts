import assert from 'node:assert/strict';
import fc from 'fast-check';
import { macOf } from '../testing/sim.js';
import { World } from '../testing/world.js';
import { encodeFrame, Message, macBytes, Op } from '../wire/index.js';

const edge = fc.oneof(fc.constantFrom(0, 1, 2, 3, 100, 255, 4096, 0xffff), fc.nat(0xffff));

/** What makes an answer one to another question; with the rest right, it is for a client to see. */
const anyMistake = fc.oneof(
  fc.record({ op: fc.constantFrom(Op.ALLOC, Op.FREE, Op.GRANT, 0, 200) }),
  fc.record({ pointerLow: fc.integer({ min: 1, max: 0xffff }) }),
  fc.record({ pointerHigh: fc.integer({ min: 1, max: 0xffff_ffff }) }),
  fc.record({ client: fc.integer({ min: 2, max: 9 }) }),
  fc.record({ clientPort: fc.nat(1000) }),
  fc.record({ tag: edge }),
  fc.record({ kind: fc.constantFrom(0, 1, 4, 255) }),
  fc.record({ version: fc.constantFrom(0, 2) }),
  fc.record({ kind: fc.constant(2), length: edge.filter((length) => length !== 4096 && length !== 1) }),
);

/** Everything else may be anything. */
const anyDetail = fc.record(
  {
    kind: fc.constantFrom(2, 3),
    status: fc.nat(255),
    hint: fc.nat(255),
    attempt: fc.nat(255),
    chunk: edge,
    chunks: edge,
    offset: edge,
  },
  { requiredKeys: [] },
);

const anyLie = fc.tuple(anyDetail, anyMistake).map(([detail, mistake]) => ({ ...detail, ...mistake }));

const anyAnswer = fc.oneof(
  fc.record({ lie: anyLie, payload: fc.uint8Array({ maxLength: 64 }) }),
  fc.record({ lie: anyLie, payload: fc.uint8Array({ maxLength: 64 }), flip: fc.nat(200) }),
  fc.record({ noise: fc.uint8Array({ maxLength: 150 }) }),
);

describe('client under hostile frames', () => {
  it('does not throw, and believes only what fits its question', async () => {
    const me = macBytes(macOf(1));
    await fc.assert(
      fc.asyncProperty(fc.array(anyAnswer, { maxLength: 30 }), fc.nat(), async (answers, seed) => {
        const world = new World({ seed, client: { timeout: 500 } });
        const { client, fabric } = world;
        const region = await world.until(client.alloc(4096));
        await world.until(client.write(region, new Uint8Array(4096).fill(7)));
        fabric.onRequest = (request) => {
          for (const answer of answers) {
            if ('noise' in answer) {
              fabric.deliver(1, answer.noise);
              continue;
            }
            const lie = Object.assign(new Message().answer(request, 2), answer.lie);
            const frame = encodeFrame(lie, me, me, answer.payload);
            if ('flip' in answer) frame[answer.flip % frame.length]! ^= 1 << (answer.flip & 7);
            fabric.deliver(1, frame);
          }
          return undefined;
        };
        const outcomes = await world.until(
          Promise.allSettled([
            client.read(region, 4096),
            client.write(region, new Uint8Array(4096).fill(7)),
            client.trim(region, 1),
          ]),
        );
        assert.deepEqual(
          outcomes.map(({ status }) => status),
          ['fulfilled', 'fulfilled', 'fulfilled'],
        );
        const [read] = outcomes;
        // The first byte may be trimmed already.
        if (read.status === 'fulfilled') assert.deepEqual(new Set(read.value.subarray(1)), new Set([7]));
        fabric.onRequest = () => undefined;
        const alive = await world.until(client.read(region, 4096));
        assert.equal(alive.length, 4096);
      }),
      { numRuns: 60 },
    );
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { CoreRig } from '../testing/core-rig.js';
import { type Message, Op } from '../wire/index.js';

const PAGES = 16;
const PAGE = 4096;

const edge32 = fc.oneof(fc.constantFrom(0, 1, 8, 4095, 4096, 4097, 8192, 0xffff_ffff), fc.nat(0xffff_ffff));
const edge16 = fc.oneof(fc.constantFrom(0, 1, 2, 3, 0xffff), fc.nat(0xffff));

/** Requests that are near to right: small numbers where the server has its branches. */
const anyRequest = fc.record({
  op: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...Object.values(Op)) },
    { weight: 1, arbitrary: fc.nat(255) },
  ),
  node: fc.constantFrom(0x102, 0x102, 0x102, 0x103, 0xffff),
  kind: fc.constantFrom(1, 1, 1, 1, 2, 3),
  client: fc.nat(3),
  tag: fc.nat(5),
  pointerHigh: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: edge32 }),
  pointerLow: fc.oneof(
    fc.nat(PAGES + 2).map((page) => page * PAGE),
    fc.nat((PAGES + 2) * PAGE),
    edge32,
  ),
  length: fc.oneof(fc.integer({ min: 1, max: PAGE }), edge32),
  offset: fc.oneof(fc.constant(0), edge32),
  chunk: fc.oneof(fc.constant(0), edge16),
  chunks: fc.oneof(fc.constant(1), edge16),
  flags: fc.nat(255),
  arg: edge16,
});

const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      fields: anyRequest,
      payload: fc.uint8Array({ maxLength: 100 }),
      fits: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ noise: fc.uint8Array({ maxLength: 200 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      fields: anyRequest,
      flip: fc.array(fc.nat(1000), { minLength: 1, maxLength: 4 }),
    }),
  },
);

describe('server under hostile frames', () => {
  it('does not throw, stays bounded, and changes no byte that no valid request named', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        const rig = new CoreRig({
          capacity: PAGES * PAGE,
          staging: { bytes: 4 * PAGE, bytesPerClient: 2 * PAGE, maxAge: 1000 },
          answers: { answersPerClient: 8, clients: 3, maxAge: 1000 },
        });
        const { core } = rig;
        // One client's secret, freed by nobody: hostile FREEs cannot name it, because the switch stops them; so here none may.
        const secret = rig.alloc(PAGE, { client: 99 });
        const text = new Uint8Array(PAGE).fill(0x5a);
        rig.write(secret, text, { client: 99 });
        for (const step of steps) {
          if ('noise' in step) {
            rig.frame(step.noise);
            continue;
          }
          const { pointerHigh, pointerLow, op } = step.fields;
          const namesSecret = pointerHigh === 0 && pointerLow < secret + PAGE && pointerLow >= secret;
          if (namesSecret && op !== Op.READ) continue;
          const isWhole = 'fits' in step && step.fits;
          const payload = 'payload' in step ? step.payload : undefined;
          const fields: Partial<Message> = { ...step.fields };
          if (isWhole) Object.assign(fields, { chunk: 0, chunks: 1, offset: 0, length: payload!.length });
          const frame = rig.build(fields, payload);
          if ('flip' in step) for (const at of step.flip) frame[at % frame.length]! ^= 1 << (at & 7);
          const answers = rig.frame(frame);
          assert.ok(answers.length <= 3, 'one page needs three frames');
          assert.ok(core.staging.bytes <= 4 * PAGE);
          assert.ok(core.answers.size <= 3 * 8);
          for (const { start, size } of core.allocator) assert.ok(start + size <= PAGES * PAGE);
        }
        assert.deepEqual(rig.core.slabs.peek(secret, PAGE), text);
        const fresh = rig.ask({ op: Op.ALLOC, length: PAGE, client: 99 });
        if (fresh[0]?.message.status === 0) {
          assert.deepEqual(
            rig.read(fresh[0].message.offsetInNode, PAGE, { client: 99 }),
            new Uint8Array(PAGE),
          );
        }
        assert.deepEqual(rig.read(secret, PAGE, { client: 99 }), text, 'the server is alive');
      }),
      { numRuns: 300 },
    );
  });

  it('changes exactly the bytes that a WRITE or TRIM names, whatever else arrives', () => {
    fc.assert(
      fc.property(
        fc.array(anyRequest, { maxLength: 40 }),
        fc.uint8Array({ minLength: 1, maxLength: 64 }),
        (all, bytes) => {
          const rig = new CoreRig({ capacity: PAGES * PAGE });
          rig.alloc(PAGES * PAGE, { client: 50 });
          const model = new Uint8Array(PAGES * PAGE);
          let tag = 1000;
          for (const fields of all) {
            if (fields.op === Op.FREE || fields.op === Op.ALLOC) continue;
            const whole = { ...fields, chunk: 0, chunks: 1, offset: 0, tag: tag++ };
            const isWrite = fields.op === Op.WRITE;
            if (isWrite) whole.length = bytes.length;
            const [heard] = rig.ask(whole, isWrite ? bytes : undefined);
            if (heard === undefined || heard.message.status !== 0) continue;
            const at = heard.message.offsetInNode;
            if (isWrite) model.set(bytes, at);
            if (fields.op === Op.TRIM) model.fill(0, at, at + fields.length);
          }
          for (let page = 0; page < PAGES; page++) {
            assert.deepEqual(
              rig.core.slabs.peek(page * PAGE, PAGE),
              model.slice(page * PAGE, (page + 1) * PAGE),
            );
          }
        },
      ),
    );
  });
});

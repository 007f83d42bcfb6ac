import assert from 'node:assert/strict';
import type { LinkSpec, SwitchPort } from '@bluebridge/templates';
import fc from 'fast-check';
import { severalSwitches as fabric } from '../testing/several.js';
import { decodeHello, encodeHello, isHello } from './hello.js';
import { describeLink, Liveness } from './liveness.js';

const NAMES = fabric.switches.map(({ name }) => name);
const MAC = Uint8Array.of(2, 0, 0, 0, 0, 1);

/** The port at the other end of a cable. */
function otherEnd(from: SwitchPort): SwitchPort {
  for (const { ends } of fabric.links) {
    const i = ends.findIndex((e) => e.switch === from.switch && e.port === from.port);
    if (i >= 0) return ends[1 - i]!;
  }
  assert.fail('no such cable');
}

/** A fabric whose cables carry hellos, but for those that are cut. */
function setUp(deadAfter = 2) {
  const liveness = new Liveness(fabric, { deadAfter, nonce: 7n });
  const cut = new Set<string>();
  for (const name of NAMES) liveness.attach(name);
  const round = (): LinkSpec[] => {
    const { send, suspect } = liveness.tick();
    for (const { switch: name, port, frame } of send) {
      if (!cut.has(`${name}:${port}`)) liveness.heard(otherEnd({ switch: name, port }), frame);
    }
    return [...suspect];
  };
  const usable = () => fabric.links.filter(liveness.isUsable).map(describeLink);
  return { liveness, cut, round, usable };
}

describe('hellos', () => {
  it('are read as they were written', () => {
    const hello = fc.record(
      {
        nonce: fc.bigInt(0n, 2n ** 64n - 1n),
        switch: fc.stringMatching(/^[a-z][a-z0-9_-]{0,62}$/),
        port: fc.integer({ min: 1, max: 510 }),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(hello, (h) => {
        const frame = encodeHello(h, MAC);
        assert.ok(isHello(frame) && frame.length >= 60);
        assert.deepEqual(decodeHello(frame), h);
      }),
    );
  });

  it('are told from any other bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const cut = encodeHello({ nonce: 1n, switch: 's1', port: 1 }, MAC).slice(0, bytes.length % 24);
        assert.equal(decodeHello(cut), undefined);
        decodeHello(bytes);
      }),
    );
  });
});

describe('Liveness', () => {
  it('uses every link while hellos get through', () => {
    const { round, usable } = setUp();
    for (let i = 0; i < 10; i++) assert.deepEqual(round(), []);
    assert.equal(usable().length, 4);
  });

  it('suspects a link that is silent in one direction alone, and trusts it again when it is heard', () => {
    const { cut, round, usable } = setUp();
    cut.add('spine1:1');
    assert.deepEqual([round(), round()], [[], []]);
    assert.deepEqual(round().map(describeLink), ['leaf1:101 - spine1:1']);
    assert.equal(usable().length, 3);
    cut.clear();
    round();
    assert.equal(usable().length, 4);
  });

  it('tells of a link once when it becomes suspect', () => {
    const { cut, round } = setUp();
    cut.add('spine1:1').add('leaf1:101');
    const told = Array.from({ length: 10 }, round).flat().map(describeLink);
    assert.deepEqual(told, ['leaf1:101 - spine1:1']);
  });

  it('uses no link of a switch without a session, and those it has at once when it has one', () => {
    const { liveness, round, usable } = setUp();
    liveness.detach('spine2');
    assert.deepEqual(usable(), ['leaf1:101 - spine1:1', 'leaf2:101 - spine1:2']);
    for (let i = 0; i < 5; i++) assert.deepEqual(round(), []);
    liveness.attach('spine2');
    assert.equal(usable().length, 4);
  });

  it('takes no other controller’s hello for its own', () => {
    const { liveness, cut, round } = setUp();
    cut.add('spine1:1');
    for (let i = 0; i < 5; i++) round();
    const forged = encodeHello({ nonce: 8n, switch: 'spine1', port: 1 }, MAC);
    assert.deepEqual(liveness.heard({ switch: 'leaf1', port: 101 }, forged), { kind: 'known' });
  });

  it('says where a cable is that is not where it should be', () => {
    const { liveness } = setUp();
    const hello = (port: number) => encodeHello({ nonce: 7n, switch: 'spine1', port }, MAC);
    assert.deepEqual(liveness.heard({ switch: 'leaf1', port: 101 }, hello(2)), {
      kind: 'miscabled',
      from: { switch: 'spine1', port: 2 },
      expected: { switch: 'spine1', port: 1 },
    });
    assert.deepEqual(liveness.heard({ switch: 'leaf1', port: 7 }, hello(1)).kind, 'miscabled');
  });
});

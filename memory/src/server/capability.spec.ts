import assert from 'node:assert/strict';
import { isGenuine } from '../capability/token.js';
import { CoreRig } from '../testing/core-rig.js';
import { ANYCAST_NODE, Extension, Kind, Op, Reason } from '../wire/index.js';

const key = { k0: 0x01020304, k1: 0xfffefdfc };

function keyPayload(): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, key.k0);
  view.setUint32(4, key.k1);
  return new Uint8Array(view.buffer);
}

describe('server: capabilities', () => {
  const ask = {
    op: Op.CAPABILITY,
    client: 1,
    offsetInNode: 0x12345,
    extensions: Extension.CAPABILITY,
    ...{ rights: 3, range: 14, keyEpoch: 9, domain: 7 },
  };

  it('are made for what the controller says, with the key that it gave', () => {
    const rig = new CoreRig();
    assert.equal(rig.ask(ask)[0]!.message.status, Reason.BUSY);
    const [taken] = rig.ask({ op: Op.KEY, client: ANYCAST_NODE, length: 8 }, keyPayload());
    assert.equal(taken!.message.kind, Kind.REPLY);
    const { message } = rig.ask(ask)[0]!;
    const { rights, range, keyEpoch, domain, node, macLow, macHigh } = message;
    assert.deepEqual([rights, range, keyEpoch, domain], [3, 14, 9, 7]);
    const claim = { node, domain, rights, start: 0x10000, range, epoch: keyEpoch };
    assert.ok(isGenuine(key, claim, { rights, range, epoch: keyEpoch, macLow, macHigh }));
  });

  it('takes a key from nobody but the controller, and only a whole one', () => {
    const rig = new CoreRig();
    assert.equal(
      rig.ask({ op: Op.KEY, client: 1, length: 8 }, keyPayload())[0]!.message.status,
      Reason.BAD_OPERATION,
    );
    const half = rig.ask({ op: Op.KEY, client: ANYCAST_NODE, length: 4 }, keyPayload().subarray(0, 4));
    assert.equal(half[0]!.message.status, Reason.BAD_LENGTH);
    assert.equal(rig.core.hasKey, false);
  });

  it('are made of nothing that a client asks by itself', () => {
    const rig = new CoreRig();
    rig.ask({ op: Op.KEY, client: ANYCAST_NODE, length: 8 }, keyPayload());
    const [refused] = rig.ask({ op: Op.CAPABILITY, client: 1 });
    assert.equal(refused!.message.status, Reason.NO_PERMISSION);
  });

  it('carries no capability in its other answers', () => {
    const rig = new CoreRig();
    const start = rig.alloc(4096);
    const [read] = rig.ask({
      op: Op.READ,
      offsetInNode: start,
      length: 64,
      extensions: Extension.CAPABILITY,
    });
    assert.equal(read!.message.extensions, 0);
    assert.equal(read!.payload.length, 64);
  });
});

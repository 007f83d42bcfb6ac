import assert from 'node:assert/strict';
import type { FrameHandler, Wire } from 'ethernet-wire';
import { bytes, ENGINES, fixture, hex, newSwitch } from '../../test/support.js';
import type { Digest } from './control-plane.js';
import { V1ModelSwitch } from './v1model-switch.js';

/** A wire whose far end is the test. */
class TestWire implements Wire {
  readonly name = 'test';
  readonly maxFrame = 1514;
  readonly stats = { rxFrames: 0, rxBytes: 0, rxDropped: 0, txFrames: 0, txBytes: 0, txDropped: 0 };
  readonly sent: string[] = [];
  flushes = 0;
  full = false;
  deliver: FrameHandler = () => {};
  send(frame: Uint8Array): boolean {
    if (!this.full) this.sent.push(hex(frame));
    return !this.full;
  }
  flush(): void {
    this.flushes++;
  }
  onFrames(handler: FrameHandler): void {
    this.deliver = handler;
  }
  onError(): void {}
  async close(): Promise<void> {}
}

/** A frame of fixtures/traffic.p4. */
function order(what: number, port: number, group = 0, note = 0x1234): Uint8Array {
  const frame = new Uint8Array(24);
  const view = new DataView(frame.buffer);
  frame.set([what, port]);
  view.setUint16(2, group);
  view.setUint32(4, note);
  frame.set(bytes('cafebabe'), 20);
  return frame;
}

/** What egress of fixtures/traffic.p4 wrote down. */
function read(frame: Uint8Array) {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  return {
    note: view.getUint32(4),
    seenPort: view.getUint16(8),
    rid: view.getUint16(10),
    type: view.getUint32(12),
    length: view.getUint32(16),
  };
}

for (const engine of ENGINES) {
  describe(`V1ModelSwitch, ${engine}`, () => {
    const make = () => newSwitch('traffic', engine, { cpuPort: 200 });

    it('sends a packet to the port that ingress chose', () => {
      const { sw } = make();
      const [out, ...rest] = sw.processFrame(1, order(0, 5));
      assert.deepEqual(rest, []);
      assert.equal(out?.port, 5);
      // The payload follows; egress saw the length of the whole frame.
      assert.equal(hex(out.bytes.subarray(20)), 'cafebabe');
      assert.deepEqual(read(out.bytes), { note: 0x1234, seenPort: 5, rid: 0, type: 0, length: 24 });
    });

    it('replicates to a multicast group, with the instance as egress_rid', () => {
      const { sw } = make();
      sw.replication.addGroup(7, [
        { port: 3, instance: 1 },
        { port: 4, instance: 2 },
        { port: 3, instance: 9 },
      ]);
      const out = sw.processFrame(1, order(1, 5, 7));
      assert.deepEqual(
        out.map((frame) => [frame.port, read(frame.bytes).rid, read(frame.bytes).type]),
        [
          [3, 1, 5],
          [4, 2, 5],
          [3, 9, 5],
        ],
      );
    });

    it('counts a multicast to nobody as a drop', () => {
      const { sw } = make();
      assert.deepEqual(sw.processFrame(1, order(1, 5, 8)), []);
      assert.equal(sw.drops['unknown-group'], 1);
    });

    it('clones from ingress: the packet as it came, and only the kept metadata', () => {
      const { sw } = make();
      sw.replication.addSession(9, { replicas: [{ port: 6, instance: 4 }], truncate: 0 });
      const out = sw.processFrame(1, order(2, 5, 9, 100));
      assert.deepEqual(
        out.map((frame) => [frame.port, read(frame.bytes)]),
        [
          [6, { note: 100, seenPort: 6, rid: 4, type: 1, length: 24 }],
          [5, { note: 0xffffffff, seenPort: 5, rid: 0, type: 0, length: 24 }],
        ],
      );
    });

    it('truncates a clone as its session says', () => {
      const { sw } = make();
      sw.replication.addSession(9, { replicas: [{ port: 6, instance: 0 }], truncate: 21 });
      const [clone, original] = sw.processFrame(1, order(2, 5, 9));
      assert.equal(clone?.bytes.length, 21);
      assert.equal(original?.bytes.length, 24);
    });

    it('clones from egress: the packet as egress left it, through egress again', () => {
      const { sw } = make();
      sw.replication.addSession(9, { replicas: [{ port: 6, instance: 0 }], truncate: 0 });
      const out = sw.processFrame(1, order(7, 5, 9, 50));
      assert.deepEqual(
        out.map((frame) => [frame.port, read(frame.bytes).note, read(frame.bytes).type]),
        [
          [5, 50, 0],
          [6, 51, 2],
        ],
      );
    });

    it('goes on without a clone when its session does not exist', () => {
      const { sw } = make();
      assert.equal(sw.processFrame(1, order(2, 5, 9)).length, 1);
      assert.equal(sw.drops['unknown-session'], 1);
    });

    it('hands digests over, field by field', () => {
      const { sw } = make();
      const digests: Digest[] = [];
      sw.onDigest((digest) => digests.push(digest));
      sw.processFrame(3, order(3, 5, 0, 77));
      assert.deepEqual(
        digests.map(({ list, values }) => [list.name, values]),
        [['note_t', [77n, 3n]]],
      );
      assert.deepEqual([...sw.control.digests.keys()], ['note_t']);
    });

    it('resubmits with the kept metadata, and then sends', () => {
      const { sw } = make();
      const out = sw.processFrame(1, order(4, 5));
      assert.deepEqual(
        out.map((frame) => frame.port),
        [5],
      );
    });

    it('recirculates what was deparsed', () => {
      const { sw } = make();
      const [out] = sw.processFrame(1, order(8, 5, 0, 10));
      assert.equal(read(out!.bytes).note, 12);
    });

    it('drops, truncates, exits and asserts', () => {
      const { sw, environment } = make();
      assert.deepEqual(sw.processFrame(1, order(5, 5)), []);
      assert.equal(sw.drops.ingress, 1);
      assert.equal(sw.processFrame(1, order(6, 5))[0]?.bytes.length, 10);
      assert.equal(sw.processFrame(1, order(9, 5, 0, 99)).length, 1);
      assert.equal(sw.control.registers.get('In.marks')!.read(5), 99n);
      assert.deepEqual(sw.processFrame(1, order(10, 5, 0, 0)), []);
      assert.equal(sw.drops.aborted, 1);
      assert.deepEqual(environment.messages, ['assert failed']);
    });

    it('forwards what it cannot parse as it is: a frame cut short is payload', () => {
      const { sw } = make();
      for (const length of [0, 1, 19]) {
        const [out] = sw.processFrame(1, new Uint8Array(length).fill(5));
        assert.deepEqual([out?.port, out?.bytes.length], [0, length]);
      }
    });

    it('takes frames beyond its buffer by cutting them', () => {
      const { sw } = make();
      const frame = new Uint8Array(100_000);
      frame.set(order(0, 5));
      assert.equal(sw.processFrame(1, frame)[0]?.bytes.length, 65536);
    });

    it('stops a program that resubmits or recirculates for ever', () => {
      const { sw } = make();
      type Expression = { value: { op: string; left: Expression } };
      const json = JSON.parse(fixture('traffic')) as {
        pipelines: { conditionals: { expression: Expression }[] }[];
      };
      for (const conditional of json.pipelines.flatMap((pipeline) => pipeline.conditionals)) {
        // "what == n && passes < m" loses its second half.
        const { value } = conditional.expression;
        if (value.op === 'and' && JSON.stringify(value).includes('passes'))
          conditional.expression = value.left;
      }
      sw.loadPipeline(json, { engine });
      assert.deepEqual(sw.processFrame(1, order(8, 5)), []);
      assert.equal(sw.drops.limit, 1);
      assert.deepEqual(sw.processFrame(1, order(4, 5)), []);
      assert.equal(sw.drops.limit, 2);
    });

    it('keeps the old pipeline when a new one cannot be loaded', () => {
      const { sw } = make();
      assert.throws(() => sw.loadPipeline('{}', { engine }), /has no parser/);
      assert.equal(sw.processFrame(1, order(0, 5)).length, 1);
    });
  });
}

describe('ports', () => {
  const start = () => {
    const { sw, environment } = newSwitch('traffic', 'compiled', { cpuPort: 200 });
    const wires = [1, 2, 3].map((port) => {
      const wire = new TestWire();
      sw.attachPort(port, wire);
      return wire;
    });
    return { sw, environment, wires: wires as [TestWire, TestWire, TestWire] };
  };

  it('move batches from wire to wire, flushing each wire once', () => {
    const { sw, wires } = start();
    wires[0].deliver([order(0, 2), order(0, 3), order(0, 2)]);
    assert.deepEqual(
      wires.map((wire) => [wire.sent.length, wire.flushes]),
      [
        [0, 0],
        [2, 1],
        [1, 1],
      ],
    );
    assert.deepEqual(sw.portStatistics(1), {
      rxFrames: 3,
      rxBytes: 72,
      txFrames: 0,
      txBytes: 0,
      txDropped: 0,
    });
    assert.equal(sw.portStatistics(2)?.txBytes, 48);
  });

  it('count frames that have nowhere to go, or that a full wire refuses', () => {
    const { sw, wires } = start();
    wires[1].full = true;
    wires[0].deliver([order(0, 9), order(0, 2)]);
    assert.equal(sw.drops['no-port'], 1);
    assert.equal(sw.drops['wire-full'], 1);
    assert.equal(sw.portStatistics(2)?.txDropped, 1);
  });

  it('cannot be taken twice, and are silent once detached', () => {
    const { sw, wires } = start();
    assert.throws(() => sw.attachPort(1, new TestWire()), /port 1 is attached already/);
    assert.throws(() => sw.attachPort(200, new TestWire()), /port 200 is the CPU port/);
    assert.throws(() => sw.attachPort(-1, new TestWire()), /-1 is no port number/);
    assert.equal(sw.detachPort(1), wires[0]);
    wires[0].deliver([order(0, 2)]);
    assert.deepEqual(wires[1].sent, []);
    assert.deepEqual(sw.portNumbers(), [2, 3]);
  });

  it('include the CPU port, both ways', () => {
    const { sw, wires } = start();
    const received: string[] = [];
    sw.onCpuPacket((frame) => received.push(hex(frame)));
    wires[0].deliver([order(0, 200)]);
    assert.equal(received.length, 1);
    sw.injectFromCpu(order(3, 2));
    assert.equal(wires[1].sent.length, 1);
    assert.throws(() => new V1ModelSwitch().injectFromCpu(order(0, 1)), /no CPU port/);
  });

  it('let a handler send from inside: its frame waits for its turn', () => {
    const { sw, wires } = start();
    sw.onCpuPacket((frame) => {
      const answer = frame.slice();
      answer[1] = 2;
      sw.injectFromCpu(answer);
    });
    wires[0].deliver([order(0, 200, 0, 7)]);
    assert.equal(wires[1].sent.length, 1);
  });

  it('show every frame to the tap, with the time', () => {
    const { sw, environment, wires } = start();
    const seen: unknown[] = [];
    sw.onFrame((direction, port, frame, time) => seen.push([direction, port, frame.length, time]));
    environment.time = 4242;
    wires[0].deliver([order(0, 2)]);
    assert.deepEqual(seen, [
      ['in', 1, 24, 4242],
      ['out', 2, 24, 4242],
    ]);
  });

  it('drop everything while there is no pipeline', () => {
    const sw = new V1ModelSwitch();
    assert.deepEqual(sw.processFrame(1, order(0, 1)), []);
    assert.equal(sw.drops['no-pipeline'], 1);
    assert.throws(() => sw.control, /no pipeline yet/);
  });
});

describe('replication', () => {
  it('refuses numbers and replicas that cannot be', () => {
    const { sw } = newSwitch('traffic', 'interpreter');
    const { replication } = sw;
    assert.throws(() => replication.addGroup(0, []), /run from 1 to 65535, found 0/);
    assert.throws(() => replication.modifyGroup(4, []), /no multicast group 4/);
    assert.throws(
      () =>
        replication.addGroup(1, [
          { port: 1, instance: 1 },
          { port: 1, instance: 1 },
        ]),
      /two replicas have port 1 and instance 1/,
    );
    replication.addSession(1, { replicas: [], truncate: 0 });
    assert.throws(() => replication.addSession(1, { replicas: [], truncate: 0 }), /clone session 1 already/);
    assert.throws(() => replication.modifySession(1, { replicas: [], truncate: -1 }), /not -1/);
  });
});

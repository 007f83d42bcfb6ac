import assert from 'node:assert/strict';
import { CoherentClient, MemoryServer, wire } from '@bluebridge/memory';
import { RIGHTS } from '@bluebridge/templates';
import { type FrameHandler, seededRandom, type Wire } from 'ethernet-wire';
import { Counting } from '../../memory/src/testing/counting.js';
import { SimTime } from '../../memory/src/testing/sim.js';
import { macOf, SWITCH_MAC } from '../switch-program/frames.js';
import { CPU, clientOf, HOME } from './fabric.js';
import { fromController } from './messages.js';
import { CoherentSwitch, PAGE, REGION, SLOT } from './switch.js';

const { Kind, Op } = wire;
const CLIENTS = 4;
/** The first region has an entry in the directory, the next page has none. */
const CACHED = 2 ** REGION / PAGE;
const LEASE = 400;
/** Cause of a packet-in: JOIN, RENEW, COMPLAIN. */
const SESSION = 7;

interface Faults {
  readonly loss: number;
  readonly duplicate: number;
  /** Milliseconds: frames take up to so much longer than others. */
  readonly spread: number;
}

/** Clients and a server around the compiled program, in simulated time; in place of a controller, what answers JOIN and RENEW. */
class Bed {
  readonly time = new SimTime();
  readonly device = new CoherentSwitch('compiled')
    .allow(RIGHTS.READ | RIGHTS.WRITE)
    .uncached()
    .cached();
  readonly clients: CoherentClient[];
  readonly #handlers = new Map<number, FrameHandler>();
  readonly #unplug = new Map<number, () => void>();
  readonly #random: () => number;
  readonly #epochs = new Map<number, number>();
  readonly #joined = new Map<number, string>();
  #epoch = 1000;

  constructor(
    seed: number,
    private readonly faults: Faults,
    private readonly options: { acknowledge: 'cache' | 'home'; cachePages: number },
  ) {
    this.#random = seededRandom(seed);
    new MemoryServer({
      ...{ node: HOME.node, mac: mac(HOME.node), capacity: 1 << 20, wire: this.#wire(HOME.port) },
      ...{ clock: this.time.clock, timers: this.time, incarnation: 7_000n },
    });
    // What the controller would send on.
    const alloc = Object.assign(new wire.Message(), {
      op: Op.ALLOC,
      node: HOME.node,
      length: 8 * PAGE,
      tag: 1,
    });
    this.#handlers.get(HOME.port)!([wire.encodeFrame(alloc, macOf(HOME.node), SWITCH_MAC)]);
    this.clients = Array.from({ length: CLIENTS }, (_, index) => this.#client(index, 1));
  }

  /** A client dies, and begins anew. */
  restart(index: number): void {
    this.#unplug.get(clientOf(index).port)!();
    this.clients[index] = this.#client(index, 2);
  }

  #client(index: number, incarnation: number): CoherentClient {
    const { node, port } = clientOf(index);
    return new CoherentClient({
      ...{ node, mac: mac(node), gatewayMac: mac(0xffff), wire: this.#wire(port), random: this.#random },
      ...{ clock: this.time.clock, timers: this.time, incarnation, minRto: 2, initialRto: 5 },
      ...{ timeout: 60_000, maxAttempts: 1000, ...this.options },
    });
  }

  #wire(port: number): Wire {
    let isOpen = true;
    this.#unplug.set(port, () => {
      isOpen = false;
    });
    const stats = { rxFrames: 0, rxBytes: 0, rxDropped: 0, txFrames: 0, txBytes: 0, txDropped: 0 };
    return {
      ...{ name: `port ${port}`, maxFrame: 1514, stats },
      send: (frame) => {
        const copy = frame.slice();
        if (isOpen) this.#after(() => this.#process(port, copy));
        return true;
      },
      flush: () => {},
      onFrames: (handler) => this.#handlers.set(port, handler),
      onError: () => {},
      close: async () => {
        isOpen = false;
      },
    };
  }

  #after(run: () => void): void {
    const { loss, duplicate, spread } = this.faults;
    const copies = this.#random() < duplicate ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random() >= loss) this.time.setTimeout(run, 0.02 + spread * this.#random());
    }
  }

  #process(port: number, frame: Uint8Array): void {
    this.device.clock = 1_000_000 + Math.floor(this.time.now * 1000);
    for (const out of this.device.device.processFrame(port, frame)) {
      const bytes = out.bytes.slice();
      if (out.port !== CPU) this.#after(() => this.#handlers.get(out.port)?.([bytes]));
      else if (bytes[2] === SESSION) this.#session(bytes.subarray(3));
    }
  }

  #session(frame: Uint8Array): void {
    const request = new wire.Message();
    assert.equal(wire.decodeFrame(frame, request), undefined);
    const client = clientOf(request.client - 1);
    const answer = new wire.Message().answer(request, Kind.REPLY);
    if (request.op === Op.JOIN) {
      const life = `${request.bitmapLow}/${request.number}`;
      const isNew = this.#joined.get(client.index) !== life;
      if (isNew) {
        this.#joined.set(client.index, life);
        this.device.admit(client, ++this.#epoch);
        this.#epochs.set(client.index, this.#epoch);
        const { bitLo, bitHi } = bitOf(client.index);
        const fence = fromController(Op.DIRECTORY, {
          ...{ flags: 3, number: SLOT, bitmapLow: bitLo, bitmapHigh: bitHi },
        });
        this.device.device.processFrame(CPU, fence);
      }
    } else if (request.epoch !== this.#epochs.get(client.index)) {
      answer.refuse(request, wire.Reason.STALE_EPOCH);
    }
    answer.requesterEpoch = this.#epochs.get(client.index)!;
    answer.requesterIndex = client.index;
    answer.number = LEASE;
    const bytes = wire.encodeFrame(answer, macOf(client.node), SWITCH_MAC);
    this.#after(() => this.#handlers.get(client.port)?.([bytes]));
  }
}

const mac = (node: number): string => Buffer.from(macOf(node)).toString('hex').match(/../g)!.join(':');
const bitOf = (index: number) => ({ bitLo: 2 ** index, bitHi: 0 });
const FAULTS: Faults[] = [
  { loss: 0, duplicate: 0, spread: 0.1 },
  { loss: 0.05, duplicate: 0.02, spread: 0.5 },
  { loss: 0.2, duplicate: 0.1, spread: 3 },
];

describe('coherent clients around the compiled switch program', function () {
  this.timeout(120_000);

  for (const [i, faults] of FAULTS.entries()) {
    it(`what they see of cached pages is linearizable: ${JSON.stringify(faults)}`, async () => {
      for (let seed = 1; seed <= 3; seed++) {
        const acknowledge = seed % 2 === 0 ? 'home' : 'cache';
        const bed = new Bed(seed + 100 * i, faults, { acknowledge, cachePages: seed === 3 ? 1 : 100 });
        const random = seededRandom(seed);
        const counting = Array.from({ length: CACHED }, () => new Counting());
        const one = async (client: CoherentClient): Promise<void> => {
          const page = Math.floor(random() * CACHED);
          const at = { node: HOME.node, pointer: BigInt(page * PAGE) };
          if (random() < 0.4) return counting[page]!.add(() => client.fetchAdd(at, 1n));
          await counting[page]!.read(async () => {
            const bytes = await client.read(at, 8);
            return new DataView(bytes.buffer).getBigUint64(0);
          });
        };
        const life = async (index: number, steps: number): Promise<void> => {
          const client = bed.clients[index]!;
          for (let step = 0; step < steps; step++) await one(client);
        };
        const living = bed.clients.map(async (_, index) => {
          await life(index, 20);
          if (acknowledge === 'home' && index === 0) {
            void one(bed.clients[0]!).catch(() => {});
            bed.restart(0);
          }
          await life(index, 20);
        });
        await bed.time.until(Promise.all(living));
        for (const each of counting) each.check();
        assert.ok(bed.clients[1]!.coherence.probes > 0, 'they fought for nothing');
      }
    });
  }

  it('a page without an entry is read and written at its home', async () => {
    const bed = new Bed(1, FAULTS[1]!, { acknowledge: 'cache', cachePages: 100 });
    const at = { node: HOME.node, pointer: BigInt(CACHED * PAGE) };
    const [a, b] = bed.clients as [CoherentClient, CoherentClient];
    for (let i = 1; i < 20; i++) {
      await bed.time.until(a.write(at, Uint8Array.of(i)));
      assert.deepEqual(await bed.time.until(b.read(at, 1)), Uint8Array.of(i));
    }
    assert.equal(a.coherence.uncachedWrites, 19);
    assert.equal(b.cachedPages, 0);
  });
});

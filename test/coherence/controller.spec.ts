import assert from 'node:assert/strict';
import { wire } from '@bluebridge/memory';
import { type Fabric, parseFabric, renderProgram } from '@bluebridge/templates';
import { compileProgram, LocalFabric } from 'bluebridge';
import { P4RuntimeClient, pipelineCookie } from 'p4runtime-js';
import pino from 'pino';
import { type Heard, RawClient } from './raw-client.js';

const { Coherence, Extension, Kind, Op, Reason } = wire;
const PAGE = 4096;
const SLOTS = 8;
const log = pino({ level: process.env.LOG ?? 'silent' });

const fabric = parseFabric(`name: coherent
mtu: 9000
features:
  coherence: { mode: msi, slots: ${SLOTS}, lockLease: 50, lease: 60000, regions: { initial: 16KiB, smallest: 16KiB } }
switches: [{ name: s1 }]
servers:
  - { name: m1, node: 0x101, port: 1, capacity: 1MiB }
clients:
  - { name: alice, node: 1, port: 3, domain: 1 }
  - { name: bob, node: 2, port: 4, domain: 1 }
  - { name: eve, node: 3, port: 5, domain: 2 }
`);

describe('coherence: controller, switch and home', function () {
  this.timeout(20_000);
  let pipeline: ReturnType<typeof compileProgram>['pipeline'];
  let local: LocalFabric;
  let alice: RawClient;
  let bob: RawClient;
  let eve: RawClient;

  before(() => {
    pipeline = compileProgram('coherent.p4', renderProgram(fabric, 'embedded')).pipeline;
  });
  beforeEach(() => start(fabric));
  afterEach(() => local.stop());

  async function start(fabric: Fabric): Promise<void> {
    local = await LocalFabric.startSwitches({ fabric, log });
    await local.startController(pipeline, { isNew: true });
    local.startServers();
    [alice, bob, eve] = fabric.clients.map(
      (spec) => new RawClient(fabric, spec, local.wireOf(spec.name)),
    ) as [RawClient, RawClient, RawClient];
  }

  /** A switch that has lost everything but its program, and the controller that finds it so. */
  async function restartSwitch(): Promise<void> {
    const { address } = local.running;
    local.sessions[0]!.close();
    await local.sessions[0]!.ended;
    const session = await P4RuntimeClient.connect({ address, deviceId: 1n });
    local.sessions.push(session);
    await session.setPipeline({ ...pipeline, cookie: { cookie: pipelineCookie(pipeline) } });
    await local.controller!.attach(session);
  }

  const address = (pointer: bigint) => ({ node: 0x101, pointer });

  async function alloc(client: RawClient, length = 4 * PAGE): Promise<bigint> {
    const { message } = await client.ask(Op.ALLOC, { node: wire.ANYCAST_NODE, length });
    assert.equal(message.kind, Kind.REPLY);
    return message.pointer;
  }

  const page = (pointer: bigint) => ({
    ...address(pointer),
    length: PAGE,
    extensions: Extension.COHERENCE,
  });

  /** GETS or GETM, again and again until it is in the directory and somebody answers. */
  async function get(client: RawClient, op: number, pointer: bigint): Promise<Heard> {
    for (;;) {
      const heard = await client.insist(op, page(pointer), [Reason.BUSY, Reason.UNCACHED]);
      if ((heard.message.coherence & Coherence.UNCACHED) === 0) return heard;
    }
  }

  it('gives a page that somebody wants a copy of a slot', async () => {
    const pointer = await alloc(alice);
    assert.notEqual(await alice.join(1, 1), 0);
    const { message, payload } = await get(alice, Op.GETS, pointer);
    assert.equal(message.kind, Kind.REPLY);
    assert.equal(message.region, 14);
    assert.equal(payload.length, PAGE);
  });

  it('lets nobody in with a former epoch', async () => {
    const pointer = await alloc(alice);
    const first = await alice.join(1, 1);
    await alice.join(1, 2);
    const { message } = await alice.ask(Op.GETS, { ...page(pointer), epoch: first });
    assert.equal(message.status, Reason.STALE_EPOCH);
    assert.equal(
      (await alice.ask(Op.GETS, { ...page(pointer), epoch: 0 })).message.status,
      Reason.STALE_EPOCH,
    );
  });

  it('moves a page from one writer to the next with what was written', async () => {
    const pointer = await alloc(alice);
    await alice.join(1, 1);
    await bob.join(1, 1);
    const granted = await get(alice, Op.GETM, pointer);
    assert.notEqual(granted.message.coherence & Coherence.GRANTED, 0);
    await alice.ask(Op.UNBLOCK, {
      ...page(pointer),
      generation: granted.message.generation,
      requesterTag: granted.message.requesterTag,
    });
    const asking = bob.ask(Op.GETM, page(pointer));
    const probe = await alice.probe();
    const written = new Uint8Array(PAGE).fill(0xa5);
    await alice.ask(
      Op.WRITEBACK,
      {
        ...echo(probe.message),
        ...page(pointer),
        coherence: probe.message.coherence | Coherence.FORWARD,
      },
      written,
    );
    const { message, payload } = await asking;
    assert.equal(message.kind, Kind.REPLY);
    assert.notEqual(message.coherence & Coherence.GRANTED, 0);
    assert.deepEqual(payload, written);
  });

  it('does not answer a REVOKE before copies are given up', async () => {
    const pointer = await alloc(alice);
    await alice.ask(Op.GRANT, { ...address(pointer), length: PAGE, arg: 3, flags: wire.Right.READ });
    await eve.join(1, 1);
    await get(eve, Op.GETS, pointer);
    let answered = false;
    const revoking = alice.ask(Op.REVOKE, { ...address(pointer), length: PAGE, arg: 3 }).then((heard) => {
      answered = true;
      return heard;
    });
    const probe = await eve.probe();
    // A repetition is not answered sooner.
    const again = alice.ask(Op.REVOKE, { ...address(pointer), length: PAGE, arg: 3 });
    assert.equal((await eve.ask(Op.GETS, page(pointer))).message.status, Reason.NO_PERMISSION);
    assert.equal(answered, false);
    eve.send(Op.ACK, { ...page(pointer), ...echo(probe.message), tag: probe.message.tag });
    assert.equal((await revoking).message.kind, Kind.REPLY);
    assert.equal((await again).message.kind, Kind.REPLY);
  });

  it('goes on with what the switch knows when the controller restarts', async () => {
    const pointer = await alloc(alice);
    const epoch = await alice.join(1, 1);
    const before = await get(alice, Op.GETM, pointer);
    await local.controller!.close();
    await local.startController(pipeline);
    const after = await alice.insist(Op.GETM, page(pointer), [Reason.BUSY]);
    assert.equal(after.message.kind, Kind.REPLY);
    assert.equal(after.message.generation, before.message.generation);
    const renewed = await alice.ask(Op.RENEW, {
      ...{ node: wire.ANYCAST_NODE, epoch, extensions: Extension.COHERENCE },
    });
    assert.equal(renewed.message.kind, Kind.REPLY);
    assert.notEqual(await bob.join(1, 1), epoch);
  });

  it('takes a silent client’s copies for lost when its lease has run out, and not before', async () => {
    await local.stop();
    const { features } = fabric;
    await start({ ...fabric, features: { ...features, coherence: { ...features.coherence!, lease: 1000 } } });
    const pointer = await alloc(alice);
    const began = performance.now();
    await alice.join(1, 1);
    await bob.join(1, 1);
    await get(alice, Op.GETM, pointer);
    // Alice answers no probe. Bob asks on with one tag, as clients do.
    const tag = 0x777;
    const isServed = ({ message }: Heard) => message.kind === Kind.REPLY && message.op === Op.GETM;
    while (!bob.heard.some(isServed)) {
      bob.send(Op.GETM, { ...page(pointer), tag });
      await bob.ask(Op.RENEW, { node: wire.ANYCAST_NODE, extensions: Extension.COHERENCE });
    }
    assert.ok(performance.now() - began >= 1000);
    assert.equal((await alice.ask(Op.GETS, page(pointer))).message.status, Reason.STALE_EPOCH);
  });

  it('opens nothing after a restart of the switch before old copies are written back or have run out', async () => {
    const pointer = await alloc(alice);
    const epoch = await alice.join(1, 1);
    await bob.join(1, 1);
    const granted = await get(alice, Op.GETM, pointer);
    await restartSwitch();
    assert.equal(
      (await bob.insist(Op.GETS, page(pointer), [Reason.SPOOFED_SOURCE])).message.status,
      Reason.STALE_EPOCH,
    );
    await bob.join(1, 2);
    // Alice has not joined anew: nobody gets anything yet.
    assert.equal((await bob.ask(Op.GETS, page(pointer))).message.status, Reason.BUSY);
    const { generation, number } = granted.message;
    const written = new Uint8Array(PAGE).fill(7);
    const back = await alice.ask(Op.WRITEBACK, { ...page(pointer), generation, number, epoch }, written);
    assert.equal(back.message.kind, Kind.REPLY);
    await alice.join(1, 2);
    const { payload } = await get(bob, Op.GETS, pointer);
    assert.deepEqual(payload, written);
  });
});

/** What of a probe its answers say again. */
function echo(probe: wire.Message): Partial<wire.Message> {
  const { generation, number, requester, requesterPort, requesterTag, requesterEpoch, requesterIndex } =
    probe;
  const { coherence } = probe;
  return {
    ...{
      generation,
      number,
      requester,
      requesterPort,
      requesterTag,
      requesterEpoch,
      requesterIndex,
      coherence,
    },
  };
}

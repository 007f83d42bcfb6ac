import assert from 'node:assert/strict';
import { failsWith, pattern } from '../testing/expect.js';
import { GATEWAY_MAC } from '../testing/sim.js';
import { World } from '../testing/world.js';
import { Message, Op, Reason, Right } from '../wire/index.js';
import { MemoryClient } from './client.js';
import type { MemoryError, MemoryErrorCode } from './errors.js';

describe('client', () => {
  it('allocates, writes, reads, trims and frees', async () => {
    const world = new World();
    const { client } = world;
    const region = await world.until(client.alloc(10_000));
    assert.deepEqual(region, { node: 0x101, pointer: 0n, length: 16384 });
    await world.until(client.write(region, pattern(10_000)));
    assert.deepEqual(await world.until(client.read(region, 10_000)), pattern(10_000));
    const middle = { node: region.node, pointer: region.pointer + 4000n };
    await world.until(client.trim(middle, 200));
    const expected = pattern(10_000).fill(0, 4000, 4200);
    assert.deepEqual(await world.until(client.read(region, 10_000)), expected);
    assert.equal(await world.until(client.free(region)), 16384);
    await assert.rejects(
      world.until(client.read(region, 8)),
      failsWith(
        'OUT_OF_BOUNDS',
        /READ of 8 bytes at fdbb:101:: was refused: the range is not inside one allocation/,
      ),
    );
    assert.equal(world.server.status.allocations, 0);
    assert.equal(client.latencies().WRITE?.count, 3);
  });

  it('reads into memory of the caller', async () => {
    const world = new World();
    const { client } = world;
    const region = await world.until(client.alloc(8192));
    await world.until(client.write(region, pattern(8192)));
    const into = new Uint8Array(5000);
    assert.equal(await world.until(client.read(region, 5000, { into })), into);
    assert.deepEqual(into, pattern(8192).subarray(0, 5000));
    const tooSmall = client.read(region, 5001, { into });
    await assert.rejects(
      tooSmall,
      failsWith('BAD_ARGUMENT', /5001 bytes were asked for, and there is room for 5000/),
    );
  });

  it('takes a late answer for what it is, and its window back', async () => {
    const world = new World({ client: { window: 16, minRto: 20 } });
    const { client } = world;
    const region = await world.until(client.alloc(1 << 20));
    await world.until(client.read(region, 1 << 18));
    assert.equal(client.path(0x101).window, 16);
    world.fabric.impairments = { delay: 20 };
    await world.until(client.read(region, 1));
    assert.ok(client.counters.retransmissions > 0);
    assert.equal(client.path(0x101).window, 16);
  });

  it('does not take a pause of its own process for the loss of answers', async () => {
    const world = new World();
    const { time } = world;
    // Each timer fires 30 ms late, as after a pause; the answer comes 40 ms after the timeout.
    const timers = {
      setTimeout: (run: () => void, milliseconds: number) => time.setTimeout(run, milliseconds + 30),
      clearTimeout: (timer: unknown) => time.clearTimeout(timer),
    };
    const wire = world.fabric.plug('02:00:00:00:00:09');
    const macs = { mac: '02:00:00:00:00:09', gatewayMac: GATEWAY_MAC };
    const client = new MemoryClient({ node: 9, ...macs, wire, timers, clock: time.clock, random: () => 0 });
    world.fabric.impairments = { delay: 120 };
    await world.until(client.alloc(1));
    assert.deepEqual([client.counters.timeouts, client.counters.retransmissions], [0, 0]);
    world.fabric.onRequest = () => 'drop';
    await assert.rejects(world.until(client.alloc(1)), failsWith('TIMEOUT', /no answer/));
    assert.ok(client.counters.retransmissions > 3);
  });

  it('cuts a range at page boundaries, wherever it starts', async () => {
    const world = new World();
    const { client } = world;
    const region = await world.until(client.alloc(32768));
    const asked: [number, number][] = [];
    world.fabric.onRequest = (request) => {
      if (request.op === Op.READ) asked.push([request.offsetInNode, request.length]);
      return undefined;
    };
    const address = { node: region.node, pointer: 4090n };
    await world.until(client.write(address, pattern(4200)));
    assert.deepEqual(await world.until(client.read(address, 4200)), pattern(4200));
    assert.deepEqual(asked, [
      [4090, 6],
      [4096, 4096],
      [8192, 98],
    ]);
    assert.deepEqual(await world.until(client.read(address, 0)), new Uint8Array(0));
  });

  it('repeats what is lost, with the attempt raised, until it gets through', async () => {
    const world = new World();
    const { client } = world;
    const region = await world.until(client.alloc(4096));
    const attempts: number[] = [];
    world.fabric.onRequest = (request) => {
      if (request.op !== Op.READ) return undefined;
      attempts.push(request.attempt);
      return attempts.length < 4 ? 'drop' : undefined;
    };
    assert.deepEqual(await world.until(client.read(region, 16)), new Uint8Array(16));
    assert.deepEqual(attempts, [0, 1, 2, 3]);
    assert.deepEqual([client.counters.retransmissions, client.counters.timeouts], [3, 3]);
  });

  it('gives up with an error that says what was asked, of whom, how often and for how long', async () => {
    const world = new World({ client: { timeout: 3000 } });
    const { client } = world;
    const region = await world.until(client.alloc(4096));
    world.fabric.onRequest = () => 'drop';
    const begun = world.time.now;
    const text = /^READ of 16 bytes at fdbb:101::: no answer to [45] attempts in 3\.0 s$/;
    await assert.rejects(world.until(client.read(region, 16)), failsWith('TIMEOUT', text));
    const elapsed = world.time.now - begun;
    assert.ok(elapsed >= 3000 && elapsed < 3020, `gave up after ${elapsed} ms`);
    world.fabric.onRequest = () => undefined;
    assert.deepEqual(
      await world.until(client.read(region, 16)),
      new Uint8Array(16),
      'it is alive afterwards',
    );
  });

  it('gives up after so many attempts, backing off with jitter in between', async () => {
    const world = new World({ client: { maxAttempts: 5, initialRto: 100, maxRto: 400 } });
    const sentAt: number[] = [];
    world.fabric.onRequest = () => {
      sentAt.push(world.time.now);
      return 'drop';
    };
    await assert.rejects(
      world.until(world.client.alloc(1)),
      failsWith('TIMEOUT', /ALLOC of 1 bytes at fdbb:ffff::: no answer to 5 attempts/),
    );
    const waits = sentAt.slice(1).map((at, i) => at - sentAt[i]!);
    for (const [i, rto] of [100, 200, 400, 400].entries()) {
      assert.ok(waits[i]! >= rto && waits[i]! <= rto * 1.5 + 11, `wait ${i} was ${waits[i]} ms`);
    }
    assert.equal(
      new Set(waits.map((wait, i) => (wait - 10) / [100, 200, 400, 400][i]!)).size,
      4,
      'each has jitter of its own',
    );
  });

  it('fails what waits behind a silent server together with it, and leaves other servers alone', async () => {
    const world = new World({ servers: 2, client: { window: 4, timeout: 2000 } });
    const { client } = world;
    const dead = await world.until(client.alloc(1 << 18, { node: 0x101 }));
    const alive = await world.until(client.alloc(1 << 18, { node: 0x102 }));
    world.fabric.onRequest = (request) => (request.node === 0x101 ? 'drop' : undefined);
    const reads = Array.from({ length: 50 }, (_, i) =>
      client.read({ node: 0x101, pointer: dead.pointer + BigInt(i) }, 1).then(
        () => 'read',
        (error: MemoryError) => error.message.replace(/.*: /, '').replace(/ in .*/, ''),
      ),
    );
    const begun = world.time.now;
    assert.equal((await world.until(client.read(alive, 1 << 18))).length, 1 << 18);
    assert.ok(world.time.now - begun < 1000);
    const outcomes = await world.until(Promise.all(reads));
    assert.ok(world.time.now - begun < 2500);
    assert.ok(outcomes.filter((text) => /no answer to/.test(text)).length >= 1);
    assert.ok(outcomes.filter((text) => /never sent/.test(text)).length >= 1);
    assert.equal(outcomes.filter((text) => text === 'read').length, 0);
  });

  it('tells each refusal in words', async () => {
    const world = new World();
    const { client } = world;
    const region = await world.until(client.alloc(4096));
    let reason = 0;
    world.fabric.onRequest = (request): Message => new Message().refuse(request, reason);
    for (const [code, status] of Object.entries(Reason)) {
      if (code === 'BUSY') continue;
      reason = status;
      await assert.rejects(
        world.until(client.write(region, pattern(4096))),
        failsWith(
          code as MemoryErrorCode,
          new RegExp(`WRITE of 4096 bytes at fdbb:101:: was refused: .{10,} \\(${code}\\)`),
        ),
      );
    }
    reason = 99;
    await assert.rejects(world.until(client.read(region, 1)), failsWith('REFUSED', /unknown reason 99/));
  });

  it('takes the refusal of an allocation that a server had granted', async () => {
    const world = new World();
    world.fabric.onRequest = (request) => {
      const granted = Object.assign(new Message().answer(request, 2), { offsetInNode: 0x8000, length: 4096 });
      return new Message().refuse(granted, Reason.NO_MEMORY);
    };
    await assert.rejects(world.until(world.client.alloc(1)), failsWith('NO_MEMORY', /ALLOC of 1 bytes/));
  });

  it('waits as long as a busy server asks, and says so if that never ends', async () => {
    const world = new World({ client: { timeout: 1000 } });
    const { client } = world;
    const region = await world.until(client.alloc(4096));
    const sentAt: number[] = [];
    let busyFor = 3;
    world.fabric.onRequest = (request) => {
      sentAt.push(world.time.now);
      return busyFor-- > 0 ? new Message().refuse(request, Reason.BUSY, 50) : undefined;
    };
    assert.deepEqual(await world.until(client.read(region, 4)), new Uint8Array(4));
    assert.equal(sentAt.length, 4);
    for (const [i, at] of sentAt.slice(1).entries()) assert.ok(at - sentAt[i]! >= 50 && at - sentAt[i]! < 80);
    assert.equal(client.counters.busy, 3);
    busyFor = Number.POSITIVE_INFINITY;
    await assert.rejects(
      world.until(client.read(region, 4)),
      failsWith('BUSY', /still busy after \d+ attempts in 1\.0 s/),
    );
  });

  it('asks for rights by the bits of the address', async () => {
    const world = new World();
    const heard: [number, number, number, bigint, number][] = [];
    world.fabric.onRequest = (request) => {
      heard.push([request.op, request.flags, request.arg, request.pointer, request.length]);
      return new Message().answer(request, 2);
    };
    const range = { node: 0x101, pointer: 0x8000n, length: 8192 };
    await world.until(world.client.grant(range, 2, Right.READ | Right.WRITE));
    await world.until(world.client.revoke(range, 2));
    assert.deepEqual(heard, [
      [Op.GRANT, 3, 2, 0x8000n, 8192],
      [Op.REVOKE, 0, 2, 0x8000n, 8192],
    ]);
  });

  it('refuses arguments that cannot be, without sending anything', async () => {
    const world = new World();
    const { client } = world;
    const at = { node: 0x101, pointer: 0n };
    const cases: [() => Promise<unknown>, RegExp][] = [
      [() => client.alloc(0), /1 to 2147483648 bytes, not 0/],
      [() => client.alloc(1.5), /not 1.5/],
      [() => client.alloc(2 ** 32), /not 4294967296/],
      [() => client.alloc(1, { node: 70000 }), /node 70000 is not a whole number from 0 to 65535/],
      [() => client.read(at, -1), /length of -1 bytes/],
      [() => client.read({ node: 1, pointer: -1n }, 1), /pointer -1/],
      [() => client.read({ node: 1, pointer: 2n ** 60n }, 1), /pointer 1152921504606846976/],
      [
        () => client.read({ node: 0xffff, pointer: 0n }, 1),
        /node 65535 is not a whole number from 0 to 65534/,
      ],
      [
        () => client.grant({ ...at, length: 100 }, 2, 1),
        /whole pages of 4096 bytes, not 100 bytes at fdbb:101::/,
      ],
      [() => client.grant({ ...at, length: 4096 }, 2, 8), /rights 8 are not bits/],
      [() => client.revoke({ ...at, length: 4096 }, -2), /node -2/],
    ];
    for (const [call, text] of cases) await assert.rejects(call(), failsWith('BAD_ARGUMENT', text));
    assert.equal(client.counters.framesSent, 0);
  });

  it('ends every call by its AbortSignal', async () => {
    const world = new World();
    const { client } = world;
    const region = await world.until(client.alloc(1 << 19));
    world.fabric.onRequest = () => 'drop';
    const controller = new AbortController();
    const { signal } = controller;
    const calls = [
      client.alloc(1, { signal }),
      client.free(region, { signal }),
      client.read(region, 1 << 19, { signal }),
      client.write(region, new Uint8Array(1 << 19), { signal }),
      client.trim(region, 1, { signal }),
      client.grant(region, 2, 1, { signal }),
      client.revoke(region, 2, { signal }),
    ].map((call) =>
      call.then(
        () => 'done',
        (error: MemoryError) => [error.code, error.cause],
      ),
    );
    await world.time.pass(5);
    controller.abort('enough');
    for (const outcome of await world.until(Promise.all(calls)))
      assert.deepEqual(outcome, ['ABORTED', 'enough']);
    await assert.rejects(
      client.read(region, 1, { signal }),
      failsWith('ABORTED', /before anything was sent/),
    );
    world.fabric.onRequest = () => undefined;
    assert.equal(
      (await world.until(client.read(region, 1 << 19))).length,
      1 << 19,
      'the window is free again',
    );
  });

  it('gives back an allocation whose caller aborted or gave up', async () => {
    const world = new World({ client: { timeout: 500 } });
    const { client } = world;
    const controller = new AbortController();
    const aborted = client.alloc(4096, { signal: controller.signal });
    controller.abort();
    await assert.rejects(
      world.until(aborted),
      failsWith('ABORTED', /ALLOC of 4096 bytes at fdbb:ffff:: was aborted/),
    );
    await world.time.pass(100);
    assert.equal(world.server.status.allocations, 0);
    assert.equal(client.counters.reclaimed, 1);

    world.fabric.impairments = { delay: 1000 };
    await assert.rejects(world.until(client.alloc(4096)), failsWith('TIMEOUT', /ALLOC/));
    await world.time.pass(10_000);
    assert.equal(world.server.status.allocations, 0);
    assert.equal(client.counters.reclaimed, 2);
  });

  it('rejects what is open when it is closed, and everything after', async () => {
    const world = new World();
    const { client } = world;
    const region = await world.until(client.alloc(1 << 19));
    const reading = client.read(region, 1 << 19);
    const closing = client.close();
    await assert.rejects(
      reading,
      failsWith('CLOSED', /READ of 4096 bytes at fdbb:101:.* the client was closed/),
    );
    await closing;
    await client.close();
    await assert.rejects(client.read(region, 1), failsWith('CLOSED', /the client is closed/));
    await world.time.pass(1000);
  });

  it('keeps no more in the air than its window, opens it while all goes well, and halves it on loss', async () => {
    const world = new World({ client: { window: 16 }, impairments: { delay: 5 } });
    const { client } = world;
    const region = await world.until(client.alloc(1 << 20));
    const tags = new Set<number>();
    let most = 0;
    world.fabric.onRequest = (request) => {
      tags.add(request.tag);
      most = Math.max(most, tags.size - client.counters.completed + 1);
      return undefined;
    };
    await world.until(client.read(region, 1 << 19));
    assert.equal(client.path(0x101).window, 16);
    assert.ok(most <= 16, `${most} in the air`);
    assert.ok(most >= 12, `${most} in the air`);
    assert.equal(client.counters.retransmissions, 0);
    assert.equal(Math.round(client.path(0x101).roundTrip!), 10);
    let left = 1;
    world.fabric.onRequest = () => (left-- > 0 ? 'drop' : undefined);
    await world.until(client.read(region, 1));
    assert.equal(client.path(0x101).window, 8);
  });

  it('never runs further ahead of an open request than the server remembers', async () => {
    const world = new World({ client: { window: 8, timeout: 60_000, maxAttempts: 100 }, capacity: 1 << 24 });
    const { client } = world;
    const region = await world.until(client.alloc(1 << 24));
    let unlucky: number | undefined;
    let ahead = 0;
    world.fabric.onRequest = (request) => {
      unlucky ??= request.tag;
      if (request.tag === unlucky) return ahead < 1023 ? 'drop' : undefined;
      ahead = Math.max(ahead, (request.tag - unlucky) >>> 0);
      return undefined;
    };
    await world.until(client.write(region, new Uint8Array(2000 * 4096)));
    assert.ok(unlucky !== undefined && ahead >= 1023);
    assert.equal(world.server.counters.nacks.STALE, undefined);
  });
});

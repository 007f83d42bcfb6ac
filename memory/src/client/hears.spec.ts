import assert from 'node:assert/strict';
import { pattern } from '../testing/expect.js';
import { World } from '../testing/world.js';
import { Message, Op, Reason } from '../wire/index.js';

describe('client: what it hears', () => {
  it('never mixes chunks of different attempts or of two replies to one attempt', async () => {
    const world = new World({ impairments: { delay: 1 }, clients: 2 });
    const [reader, writer] = world.clients as [typeof world.client, typeof world.client];
    const region = await world.until(reader.alloc(4096));
    await world.until(writer.write(region, new Uint8Array(4096).fill(1)));
    // The READ reaches the server twice, with a WRITE in between; of the first reply the last chunk is lost, of the second the first.
    const carried = world.fabric.onRequest;
    let request: Uint8Array | undefined;
    world.fabric.onRequest = (message, frame) => {
      if (message.op === Op.READ && message.client === 1) request ??= frame.slice();
      return carried(message, frame);
    };
    const reading = reader.read(region, 4096);
    let second = false;
    world.fabric.onReply = (message) => {
      if (message.op !== Op.READ || message.attempt > 0) return true;
      return second ? message.chunk !== 0 : message.chunk !== 2;
    };
    await world.time.pass(5);
    await world.until(writer.write(region, new Uint8Array(4096).fill(2)));
    second = true;
    world.fabric.inject(request!);
    const bytes = await world.until(reading);
    assert.deepEqual(new Set(bytes), new Set([2]));
    assert.ok(reader.counters.late + reader.counters.retransmissions >= 1);
  });

  it('ignores and counts answers that are late, foreign, or not what was asked', async () => {
    const world = new World({ impairments: { duplicate: 1 } });
    const { client } = world;
    const region = await world.until(client.alloc(4096));
    await world.until(client.write(region, pattern(100)));
    await world.time.pass(10);
    assert.ok(client.counters.late > 0);
    world.fabric.impairments = {};
    const forged: Partial<Message>[] = [
      { op: Op.WRITE },
      { offsetInNode: 8 },
      { length: 5 },
      { chunk: 7 },
      { attempt: 9 },
      { client: 5 },
      { clientPort: 1 },
      { tag: 12345 },
      { kind: 3, status: Reason.NO_PERMISSION, offsetInNode: 4096 },
    ];
    world.fabric.onRequest = (request) => {
      const before = { ...client.counters };
      for (const fields of forged) {
        const lie = new Message().answer(request, 2);
        world.fabric.answer(Object.assign(lie, fields), new Uint8Array(fields.kind === 3 ? 0 : 100));
      }
      const { foreign, late, mismatched } = client.counters;
      assert.deepEqual(
        [foreign - before.foreign, late - before.late, mismatched - before.mismatched],
        [2, 1, 6],
      );
      return undefined;
    };
    assert.deepEqual(await world.until(client.read(region, 100)), pattern(100));
  });

  it('does not take a WRITE for done that another length is confirmed of', async () => {
    const world = new World();
    const { client, fabric } = world;
    const region = await world.until(client.alloc(4096));
    fabric.onRequest = (request) => {
      fabric.answer(Object.assign(new Message().answer(request, 2), { length: 5 }));
      return 'drop';
    };
    const writing = client.write(region, pattern(100));
    await world.time.pass(1);
    assert.deepEqual([client.counters.mismatched, client.path(0x101).open], [1, 1]);
    fabric.onRequest = () => undefined;
    await world.until(writing);
    assert.deepEqual(await world.until(client.read(region, 100)), pattern(100));
  });
});

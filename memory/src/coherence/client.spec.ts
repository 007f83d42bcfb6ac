import assert from 'node:assert/strict';
import { CoherentWorld } from '../testing/coherent-world.js';

const PAGE = 4096;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('coherent client', () => {
  it('shows to one client what another one has written, and serves itself from its copy', async () => {
    const world = new CoherentWorld();
    const [a, b] = world.clients as [(typeof world.clients)[0], (typeof world.clients)[0]];
    const page = await world.until(a.alloc(PAGE));
    await world.until(a.write(page, bytesOf('hello')));
    assert.equal(text(await world.until(b.read(page, 5))), 'hello');
    assert.equal(b.coherence.shared, 1);
    for (let i = 0; i < 10; i++) await world.until(b.read(page, 5));
    assert.deepEqual([b.coherence.misses, b.coherence.hits], [1, 10]);
    await world.until(b.write(page, bytesOf('HELLO')));
    assert.equal(text(await world.until(a.read(page, 5))), 'HELLO');
    await world.until(Promise.all([a.close(), b.close()]));
  });

  it('counts right when many add to the same word', async () => {
    const world = new CoherentWorld({ clients: 4 });
    const page = await world.until(world.clients[0]!.alloc(PAGE));
    const adding = world.clients.map(async (client) => {
      for (let i = 0; i < 25; i++) await client.fetchAdd(page, 1n);
    });
    await world.until(Promise.all(adding));
    assert.equal(await world.until(world.clients[3]!.fetchAdd(page, 0n)), 100n);
  });
});

import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { collect, frameNumber, numberedFrame, turn } from '../test/support.js';
import { openWire } from './open.js';
import { openUdpWire, type UdpWire } from './udp.js';
import { WireError } from './wire.js';

describe('udp wire', () => {
  const open: { close(): unknown }[] = [];
  const keep = <T extends { close(): unknown }>(thing: T): T => {
    open.push(thing);
    return thing;
  };
  afterEach(async () => {
    for (const thing of open.splice(0)) await thing.close();
  });

  async function boundSocket(host = '127.0.0.1'): Promise<Socket> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return socket;
  }

  /** Two wires that face each other; the first port has to be found before the second wire can name it. */
  async function facing(host: string): Promise<[UdpWire, UdpWire]> {
    for (;;) {
      const probe = await boundSocket(host);
      const { port } = probe.address();
      await new Promise<void>((resolve) => probe.close(() => resolve()));
      const b = keep(await openUdpWire({ local: { host, port: 0 }, remote: { host, port } }));
      try {
        return [keep(await openUdpWire({ local: { host, port }, remote: b.local })), b];
      } catch (error) {
        // Another process took the port in between: look for another.
        if (!(error instanceof WireError) || error.code !== 'WIRE_IN_USE') throw error;
      }
    }
  }

  for (const host of ['127.0.0.1', '::1']) {
    it(`carries frames both ways over ${host}, and says which port it took`, async () => {
      const [a, b] = await facing(host);
      assert.notEqual(b.local.port, 0);
      assert(
        b.name.startsWith(host === '::1' ? `udp:[::1]:${b.local.port},` : `udp:127.0.0.1:${b.local.port},`),
      );
      const atA = collect(a);
      const atB = collect(b);
      const scratch = new Uint8Array(1500);
      for (let n = 0; n < 20; n++) {
        scratch.set(numberedFrame(n));
        assert(a.send(scratch));
      }
      b.send(numberedFrame(77, 14));
      assert.deepEqual((await atB.until(20)).map(frameNumber), [...Array(20).keys()]);
      assert.equal((await atA.until(1))[0]!.length, 14);
      assert.equal(a.stats.txBytes, 20 * 1500);
      assert.equal(b.stats.rxBytes, 20 * 1500);
    });
  }

  it('speaks one bare frame a datagram, and ignores and counts what strangers send', async () => {
    const peer = keep(await boundSocket());
    const stranger = keep(await boundSocket());
    const wire = keep(await openWire(`udp:127.0.0.1:0,127.0.0.1:${peer.address().port}`)) as UdpWire;
    const received = collect(wire);

    const fromWire = once(peer, 'message');
    wire.send(numberedFrame(5, 60));
    assert.deepEqual(new Uint8Array((await fromWire)[0] as Buffer), numberedFrame(5, 60));

    const send = (socket: Socket, bytes: Uint8Array): Promise<unknown> =>
      new Promise((resolve) => socket.send(bytes, wire.local.port, '127.0.0.1', resolve));
    await send(stranger, numberedFrame(1));
    await send(peer, new Uint8Array(0));
    await send(peer, numberedFrame(2));
    assert.deepEqual((await received.until(1)).map(frameNumber), [2]);
    assert.equal(wire.stats.rxForeign, 1);
    assert.equal(wire.stats.rxDropped, 1);
  });

  it('keeps frames that come before the handler', async () => {
    const [a, b] = await facing('127.0.0.1');
    a.send(numberedFrame(1));
    a.send(numberedFrame(2));
    for (let t = 0; t < 20; t++) await turn();
    assert.deepEqual((await collect(b).until(2)).map(frameNumber), [1, 2]);
  });

  it('gives plain Uint8Arrays, whose slice() copies', async () => {
    const [a, b] = await facing('127.0.0.1');
    a.send(numberedFrame(1));
    const frame = await new Promise<Uint8Array>((resolve) => b.onFrames((frames) => resolve(frames[0]!)));
    assert.equal(Object.getPrototypeOf(frame), Uint8Array.prototype);
  });

  it('survives a peer that is not there', async () => {
    const [a, b] = await facing('127.0.0.1');
    await b.close();
    a.onError((error) => assert.fail(error));
    for (let n = 0; n < 5; n++) {
      assert(a.send(numberedFrame(n)));
      await turn();
    }
  });

  it('drops and counts frames that are empty, too long, or sent after close', async () => {
    const [a] = await facing('127.0.0.1');
    assert(!a.send(new Uint8Array(0)));
    assert(!a.send(new Uint8Array(a.maxFrame + 1)));
    await a.close();
    await a.close();
    assert(!a.send(numberedFrame(1)));
    assert.equal(a.stats.txDropped, 3);
  });

  it('sends what was queued before close, also more than the socket takes at once', async () => {
    const peer = keep(await boundSocket());
    peer.setRecvBufferSize(8 << 20);
    let datagrams = 0;
    const wire = await openUdpWire({
      local: { host: '127.0.0.1', port: 0 },
      remote: { host: '127.0.0.1', port: peer.address().port },
    });
    peer.on('message', () => datagrams++);
    for (let n = 0; n < 50; n++) wire.send(numberedFrame(n));
    await wire.close();
    while (datagrams < 50) await once(peer, 'message');
    assert.equal(wire.stats.txFrames, 50);
  });

  it('says that a port is taken', async () => {
    const holder = keep(await boundSocket());
    const { port } = holder.address();
    await assert.rejects(openWire(`udp:127.0.0.1:${port},127.0.0.1:9`), (error) => {
      assert(error instanceof WireError);
      assert.equal(error.code, 'WIRE_IN_USE');
      assert.match(error.message, new RegExp(`port ${port} of 127\\.0\\.0\\.1 is taken.*0 for any free one`));
      return true;
    });
  });

  it('says that an address is not of this machine', async () => {
    await assert.rejects(openWire('udp:192.0.2.1:0,127.0.0.1:9'), (error) => {
      assert(error instanceof WireError);
      assert.equal(error.code, 'WIRE_NOT_FOUND');
      assert.match(error.message, /192\.0\.2\.1 is not an address of this machine/);
      return true;
    });
  });
});

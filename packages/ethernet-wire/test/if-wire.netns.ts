// Run by src/interface/if-wire.sys.spec.ts inside a network namespace of its own.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { buildUdp6, parseIpv6, parseMac, parseUdp6, UDP6_PAYLOAD, Udp6View } from '../src/index.js';
import { type IfWire, openIfWire } from '../src/interface/if-wire.js';
import { openWire } from '../src/open.js';
import { type Wire, WireError } from '../src/wire.js';
import { type Collector, collect, frameNumber, turn } from './support.js';

const sh = (command: string): string => execFileSync('sh', ['-ec', command], { encoding: 'utf8' });
/** EtherType 0x88b5 is for local experiments (IEEE 802); the number stands where Ethernet's payload begins. */
function experimental(n: number, length = 64): Uint8Array {
  const frame = new Uint8Array(length);
  frame.set([2, 0, 0, 0, 0, 0xb0, 2, 0, 0, 0, 0, 0xa0, 0x88, 0xb5]);
  new DataView(frame.buffer).setUint32(14, n);
  return frame;
}
const numberOf = (frame: Uint8Array): number => frameNumber(frame.subarray(14));
/** The kernel brings a carrier up in the background and swallows frames until then. */
async function sendUntilReceived(wire: Wire, frame: Uint8Array, at: Collector): Promise<void> {
  while (at.frames.length === 0) {
    wire.send(frame);
    await turn();
  }
}
const isExperimental = (frame: Uint8Array): boolean => frame[12] === 0x88 && frame[13] === 0xb5;

describe('if wire on a veth pair', () => {
  const wires: Wire[] = [];
  const keep = <T extends Wire>(wire: T): T => {
    wires.push(wire);
    return wire;
  };
  const open = async (interfaceName: string, options = {}): Promise<IfWire> =>
    keep(await openIfWire({ interfaceName, ...options }));

  beforeEach(() => {
    sh(`ip link add va type veth peer name vb
        for i in va vb; do echo 1 > /proc/sys/net/ipv6/conf/$i/disable_ipv6; ip link set $i up; done`);
  });
  afterEach(async () => {
    for (const wire of wires.splice(0)) await wire.close();
    spawnSync('ip', ['link', 'del', 'va']);
  });

  it('carries frames of all lengths both ways, in order, and counts them', async () => {
    const [a, b] = [await open('va'), await open('vb')];
    assert.equal(a.name, 'if:va');
    assert.equal(a.maxFrame, 1514);
    const atA = collect(a);
    const atB = collect(b);
    for (let n = 0; n < 1000; n++) assert(a.send(experimental(n, 60 + (n % 1455))));
    b.send(experimental(7, 1514));
    b.flush();
    assert.deepEqual((await atB.until(1000)).map(numberOf), [...Array(1000).keys()]);
    assert(atB.frames.every((frame, n) => frame.length === 60 + (n % 1455)));
    assert.deepEqual(await atA.until(1), [experimental(7, 1514)]);
    assert.equal(a.stats.txFrames, 1000);
    assert.equal(b.stats.rxFrames, 1000);
    assert.equal(b.stats.rxBytes, a.stats.txBytes);
    assert.equal(b.stats.rxDropped, 0);
  });

  it('goes round the ring many times, at rates where it ticks and where it polls', async () => {
    for (const moderated of [true, false]) {
      const a = await open('va');
      const b = await open('vb', { ringBytes: 1 << 18, moderated });
      let next = 0;
      let done: () => void = () => {};
      const all = new Promise<void>((resolve) => {
        done = resolve;
      });
      // What the handler holds and what it asks for meanwhile must fit into the ring's 157 slots together.
      const window = 70;
      let sent = 0;
      const fill = (): void => {
        while (sent < 20_000 && sent - next < window) a.send(experimental(sent++));
        a.flush();
      };
      b.onFrames((frames) => {
        for (const frame of frames) assert.equal(numberOf(frame), next++);
        if (next === 20_000) done();
        else fill();
      });
      fill();
      await all;
      assert.equal(b.stats.rxDropped, 0);
      await a.close();
      await b.close();
    }
  });

  it('does not receive what it sends itself, nor what others on this side send', async () => {
    const [a, a2, b] = [await open('va'), await open('va'), await open('vb')];
    const atA = collect(a);
    const atA2 = collect(a2);
    const atB = collect(b);
    a.send(experimental(1));
    a2.send(experimental(2));
    await atB.until(2);
    b.send(experimental(3));
    assert.deepEqual((await atA.until(1)).map(numberOf), [3]);
    assert.deepEqual((await atA2.until(1)).map(numberOf), [3]);
  });

  it('keeps frames that come before the handler, and counts what the full ring lost', async () => {
    const [a, b] = [await open('va'), await open('vb', { ringBytes: 1 << 18 })];
    for (let n = 0; n < 1000; n++) a.send(experimental(n));
    a.flush();
    const kept = Math.floor((1 << 18) / 1664);
    assert.equal(b.stats.rxDropped, 1000 - kept);
    const atB = collect(b);
    assert.deepEqual((await atB.until(kept)).map(numberOf), [...Array(kept).keys()]);
    assert.equal(b.stats.rxDropped, 1000 - kept);
    a.send(experimental(5000));
    assert.equal(numberOf((await atB.until(kept + 1))[kept]!), 5000);
  });

  it('receives VLAN tags where they were sent, and sends a tag on top of the MTU', async () => {
    const [a, b] = [await open('va'), await open('vb')];
    const atB = collect(b);
    const tagged = new Uint8Array(1518).fill(0x5a);
    tagged.set(experimental(1).subarray(0, 12));
    tagged.set([0x81, 0x00, 0x60, 0x05, 0x88, 0xb5], 12);
    const provider = tagged.slice(0, 1514);
    provider.set([0x88, 0xa8, 0x20, 0x06, 0x81, 0x00, 0x00, 0x07, 0x88, 0xb5], 12);
    assert(a.send(tagged));
    assert(a.send(provider));
    a.flush();
    assert.deepEqual(await atB.until(2), [tagged, provider]);
  });

  it('drops and counts what is too long, too short, or longer than an MTU that shrank', async () => {
    const [a, b] = [await open('va'), await open('vb')];
    const atB = collect(b);
    assert(!a.send(experimental(1, 1515)));
    assert(!a.send(new Uint8Array(0)));
    a.send(new Uint8Array(13)); // the kernel refuses it
    a.send(experimental(2));
    a.flush();
    sh('ip link set va mtu 1400');
    a.send(experimental(3, 1514));
    a.send(experimental(4));
    a.flush();
    assert.deepEqual((await atB.until(2)).map(numberOf), [2, 4]);
    assert.equal(a.stats.txDropped, 4);
    assert.equal(a.stats.txFrames, 2);
  });

  it('fills in checksums that the peer left to offload', async () => {
    // vb moves to a host of its own, whose kernel sends UDP with CHECKSUM_PARTIAL, as every Mininet host does.
    sh(`ip netns add peer; ip link set vb netns peer
        ip -n peer link set lo up; ip -n peer link set vb up
        ip -n peer -6 addr add fdbb:2::1/16 dev vb nodad
        ip -n peer -6 neigh add fdbb:1::1 lladdr 02:00:00:00:00:a0 dev vb`);
    try {
      const a = await open('va');
      const udp: Uint8Array[] = [];
      const view = new Udp6View();
      let wake: () => void = () => {};
      a.onFrames((frames) => {
        for (const frame of frames) {
          if (frame[20] !== 17 || frame[54 + 2] !== 5000 >> 8) continue;
          assert.equal(parseUdp6(frame, view), undefined);
          udp.push(view.payload.slice());
        }
        wake();
      });
      const send = `const s = require('dgram').createSocket('udp6');
        s.send('x'.repeat(999), 5000, 'fdbb:1::1', () => s.send('odd', 5000, 'fdbb:1::1', () => s.close()))`;
      sh(`ip netns exec peer ${process.execPath} -e "${send.replaceAll('"', '\\"')}"`);
      while (udp.length < 2) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      assert.deepEqual(
        udp.map((payload) => Buffer.from(payload).toString()),
        ['x'.repeat(999), 'odd'],
      );
    } finally {
      sh('ip netns del peer');
    }
  });

  it('reaches a socket of the kernel on the other side', async () => {
    sh(
      'echo 0 > /proc/sys/net/ipv6/conf/vb/disable_ipv6; ip -6 addr add fdbb:2::1/16 dev vb nodad; ip link set vb address 02:00:00:00:00:b0',
    );
    const a = await open('va');
    const socket = createSocket('udp6').bind(5000, 'fdbb:2::1');
    await once(socket, 'listening');
    const frame = new Uint8Array(UDP6_PAYLOAD + 5);
    buildUdp6(
      {
        dstMac: parseMac('02:00:00:00:00:b0'),
        srcMac: parseMac('02:00:00:00:00:a0'),
        src: parseIpv6('fdbb:1::1'),
        dst: parseIpv6('fdbb:2::1'),
        srcPort: 40000,
        dstPort: 5000,
      },
      Buffer.from('hello'),
      frame,
    );
    const received = once(socket, 'message');
    assert(a.send(frame));
    assert.equal(String((await received)[0]), 'hello');
    socket.close();
  });

  it('is promiscuous unless told otherwise', async () => {
    await open('va', { promiscuous: false });
    assert.doesNotMatch(sh('ip -d link show va'), /promiscuity [1-9]/);
    const b = await open('vb');
    assert.match(sh('ip -d link show vb'), /promiscuity 1/);
    await b.close();
    assert.doesNotMatch(sh('ip -d link show vb'), /promiscuity [1-9]/);
  });

  it('sends past the queueing discipline where asked to', async () => {
    const [a, b] = [await open('va', { qdiscBypass: true }), await open('vb')];
    const atB = collect(b);
    a.send(experimental(1));
    assert.deepEqual((await atB.until(1)).map(numberOf), [1]);
  });

  it('drops while the interface is down and goes on when it is up again', async () => {
    const [a, b] = [await open('va'), await open('vb')];
    a.onError((error) => assert.fail(error));
    b.onError((error) => assert.fail(error));
    const atB = collect(b);
    sh('ip link set va down');
    a.send(experimental(1));
    a.flush();
    assert.equal(a.stats.txDropped, 1);
    await turn();
    sh('ip link set va up');
    await sendUntilReceived(a, experimental(2), atB);
    const atA = collect(a);
    await sendUntilReceived(b, experimental(3), atA);
    assert.equal(numberOf(atB.frames[0]!), 2);
    assert.equal(numberOf(atA.frames[0]!), 3);
  });

  it('opens an interface that is down and works once it is up', async () => {
    sh('ip link set va down');
    const [a, b] = [await open('va'), await open('vb')];
    a.onError((error) => assert.fail(error));
    const atA = collect(a);
    await turn();
    sh('ip link set va up');
    await sendUntilReceived(b, experimental(1), atA);
    assert.equal(numberOf(atA.frames[0]!), 1);
  });

  it('fails once, with a message, when the interface is deleted', async () => {
    const [a, b] = [await open('va'), await open('vb')];
    const failures = Promise.all(
      [a, b].map((wire) => new Promise<WireError>((resolve) => wire.onError(resolve))),
    );
    sh('ip link del va');
    for (const error of await failures) {
      assert.equal(error.code, 'WIRE_FAILED');
      assert.match(error.message, /^if:v[ab]: the interface is gone$/);
    }
    assert(!a.send(experimental(1)));
    await a.close();
  });

  it('notices at the next send that the interface is gone', async () => {
    const a = await open('va');
    const failure = new Promise<WireError>((resolve) => a.onError(resolve));
    sh('ip link del va');
    a.send(experimental(1));
    a.flush();
    assert.match((await failure).message, /if:va: the interface is gone/);
    assert.equal(a.stats.txDropped, 1);
  });

  it('can be closed by its handler, and leaves kept frames readable as zeros rather than crash', async () => {
    const [a, b] = [await open('va'), await open('vb')];
    const kept = new Promise<Uint8Array>((resolve) => {
      b.onFrames((frames) => {
        void b.close();
        assert.equal(numberOf(frames[0]!), 1);
        resolve(frames[0]!);
      });
    });
    a.send(experimental(1));
    const frame = await kept;
    assert.equal(frame.length, 64);
    assert(frame.every((byte) => byte === 0));
    assert(!b.send(experimental(2)));
  });

  it('leaves the process free to end, and gives descriptors back', async () => {
    const descriptors = (): string[] =>
      readdirSync('/proc/self/fd').flatMap((fd) => {
        try {
          return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
        } catch {
          return []; // the one that lists them
        }
      });
    await (await open('va')).close();
    const before = descriptors();
    for (let i = 0; i < 5; i++) await (await open('va')).close();
    assert.deepEqual(descriptors(), before);
  });

  it('says which interfaces there are when one is missing', async () => {
    await assert.rejects(openWire('if:veth9'), (error) => {
      assert(error instanceof WireError);
      assert.equal(error.code, 'WIRE_NOT_FOUND');
      assert.match(error.message, /no interface "veth9"; this machine has .*\bva\b/);
      return true;
    });
  });

  it('names CAP_NET_RAW to those who lack it', () => {
    const script = `process.setuid(65534);
      const { openWire } = await import(${JSON.stringify(new URL('../src/open.js', import.meta.url).href)});
      await openWire('if:va').then(() => process.exit(9), (e) => console.log(e.code, e.message));`;
    const child = spawnSync(
      process.execPath,
      ['--conditions=source', '--import', 'tsx', '--input-type=module', '-e', script],
      {
        encoding: 'utf8',
      },
    );
    assert.match(child.stdout, /^WIRE_PERMISSION if:va: .*CAP_NET_RAW.*udp:/, child.stderr);
  });

  it('refuses an interface whose frames are not Ethernet', async () => {
    sh('ip tuntap add mode tun name tun0');
    try {
      await assert.rejects(openWire('if:tun0'), (error) => {
        assert(error instanceof WireError);
        assert.equal(error.code, 'WIRE_UNSUPPORTED');
        assert.match(error.message, /if:tun0: its frames are not Ethernet/);
        return true;
      });
    } finally {
      sh('ip link del tun0');
    }
  });

  it('works on the loopback interface', async () => {
    sh('ip link set lo up');
    const [one, two] = [await open('lo'), await open('lo')];
    const received = new Promise<number>((resolve) => {
      two.onFrames((frames) => {
        for (const frame of frames.filter(isExperimental)) resolve(numberOf(frame));
      });
    });
    one.send(experimental(9));
    assert.equal(await received, 9);
  });
});

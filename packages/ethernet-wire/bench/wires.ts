/*
 * Frames a second and round-trip times of each kind of wire, each beside a baseline in the same run.
 *
 *   node --conditions=source --import tsx packages/ethernet-wire/bench/wires.ts [FRAMES]
 *
 * As root it also measures `if:` over a veth pair in a network namespace of its own. The other end of udp: and if: is a
 * child process, so two CPUs are used; on a busy machine compare ratios only.
 */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import { openIfWire, openUdpWire, type Wire, wirePair } from 'ethernet-wire';

interface Job {
  role: 'blast' | 'echo';
  wire: Side;
  count: number;
  length: number;
}

type Side =
  | { kind: 'udp'; local: number; remote: number }
  | { kind: 'dgram'; local: number; remote: number }
  | { kind: 'if'; interfaceName: string; ringBytes?: number; moderated?: boolean };

const LENGTH = 1100;
const PINGS = 3000;
const BURST = 64;
const host = '127.0.0.1';
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** node:dgram with nothing around it, in the shape of a wire: what the udp: wire is compared with. */
async function bareDgram(local: number, remote: number): Promise<Wire> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(local, host, resolve));
  socket.setRecvBufferSize(4 << 20);
  const stats = { rxFrames: 0, rxBytes: 0, rxDropped: 0, txFrames: 0, txBytes: 0, txDropped: 0 };
  return {
    name: 'dgram',
    maxFrame: 65507,
    stats,
    send: (frame) => {
      socket.send(Buffer.from(frame), remote, host);
      return true;
    },
    flush: () => {},
    onFrames: (handler) => void socket.on('message', (message) => handler([message])),
    onError: () => {},
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}

function openSide(side: Side): Promise<Wire> {
  switch (side.kind) {
    case 'udp':
      return openUdpWire({ local: { host, port: side.local }, remote: { host, port: side.remote } });
    case 'dgram':
      return bareDgram(side.local, side.remote);
    case 'if':
      return openIfWire(side);
  }
}

async function blast(wire: Wire, count: number, length: number): Promise<void> {
  const frame = new Uint8Array(length).fill(2);
  frame.set([0x88, 0xb5], 12);
  for (let sent = 0; sent < count; ) {
    let burst = 0;
    while (burst < BURST && sent + burst < count && wire.send(frame)) burst++;
    wire.flush();
    sent += burst;
    await turn();
  }
}

async function work({ role, wire: side, count, length }: Job): Promise<void> {
  const wire = await openSide(side);
  if (role === 'echo') {
    wire.onFrames((frames) => {
      for (const frame of frames) wire.send(frame);
      wire.flush();
    });
  }
  process.on('message', async (message: 'go' | 'stop') => {
    if (message === 'go') {
      await blast(wire, count, length);
      process.send!('sent');
    } else {
      await wire.close();
      process.disconnect();
    }
  });
  process.send!('ready');
}

/** The far end of a wire, in a process of its own. */
class FarEnd {
  readonly #child: ChildProcess;
  constructor(job: Job) {
    this.#child = fork(fileURLToPath(import.meta.url), {
      env: { ...process.env, BENCH_JOB: JSON.stringify(job) },
    });
  }
  said(what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.on('message', (message) => message === what && resolve());
    });
  }
  go(): void {
    this.#child.send('go');
  }
  stop(): Promise<unknown> {
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.send('stop');
    return exited;
  }
}

interface Rate {
  perSecond: number;
  lost: number;
}

/** Count what arrives until the sender is done and nothing more comes. */
async function receive(wire: Wire, count: number, start: () => Promise<void>): Promise<Rate> {
  let frames = 0;
  let first = 0;
  let last = 0;
  wire.onFrames((batch) => {
    last = performance.now();
    if (frames === 0) first = last;
    frames += batch.length;
  });
  await start();
  for (let before = -1; before !== frames && frames < count; ) {
    before = frames;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { perSecond: frames / ((last - first) / 1000), lost: count - frames };
}

async function roundTrips(wire: Wire): Promise<{ p50: number; p99: number }> {
  const frame = new Uint8Array(LENGTH).fill(2);
  frame.set([0x88, 0xb5], 12);
  const times: number[] = [];
  let sentAt = 0;
  await new Promise<void>((resolve) => {
    const ping = (): void => {
      sentAt = performance.now();
      wire.send(frame);
      wire.flush();
    };
    wire.onFrames(() => {
      times.push((performance.now() - sentAt) * 1000);
      if (times.length < PINGS) ping();
      else resolve();
    });
    ping();
  });
  times.sort((a, b) => a - b);
  return { p50: times[PINGS >> 1]!, p99: times[Math.floor(PINGS * 0.99)]! };
}

async function measure(title: string, near: Side, far: Side, count: number, base?: Rate): Promise<Rate> {
  const sender = new FarEnd({ role: 'blast', wire: far, count, length: LENGTH });
  await sender.said('ready');
  const receiver = await openSide(near);
  const rate = await receive(receiver, count, () => {
    const sent = sender.said('sent');
    sender.go();
    return sent;
  });
  await receiver.close();
  await sender.stop();

  const echo = new FarEnd({ role: 'echo', wire: far, count, length: LENGTH });
  await echo.said('ready');
  const pinger = await openSide(near);
  report(title, rate, await roundTrips(pinger), base);
  await pinger.close();
  await echo.stop();
  return rate;
}

function report(title: string, rate: Rate, trip: { p50: number; p99: number }, base?: Rate): void {
  const ratio = base === undefined ? '' : `x${(rate.perSecond / base.perSecond).toFixed(2)}`;
  console.log(
    title.padEnd(34),
    `${Math.round(rate.perSecond / 1000)}k`.padStart(8),
    ratio.padStart(7),
    String(rate.lost).padStart(8),
    trip.p50.toFixed(1).padStart(9),
    trip.p99.toFixed(1).padStart(9),
  );
}

async function measurePair(count: number): Promise<void> {
  // Baseline: what cannot be done without, a copy of the frame and a turn of the loop a batch.
  const frame = new Uint8Array(LENGTH);
  const slab = new Uint8Array(BURST * LENGTH);
  const began = performance.now();
  for (let n = 0; n < count; n++) {
    slab.set(frame, (n % BURST) * LENGTH);
    if (n % BURST === BURST - 1) await turn();
  }
  const base = { perSecond: count / ((performance.now() - began) / 1000), lost: 0 };
  const times: number[] = [];
  for (let n = 0; n < PINGS; n++) {
    const at = performance.now();
    await turn();
    await turn();
    times.push((performance.now() - at) * 1000);
  }
  times.sort((a, b) => a - b);
  report('copy + setImmediate (baseline)', base, {
    p50: times[PINGS >> 1]!,
    p99: times[Math.floor(PINGS * 0.99)]!,
  });

  const [a, b] = wirePair();
  const rate = await receive(b, count, () => blast(a, count, LENGTH));
  b.onFrames((frames) => {
    for (const f of frames) b.send(f);
  });
  report('pair', rate, await roundTrips(a), base);
  await Promise.all([a.close(), b.close()]);
}

async function main(count: number): Promise<void> {
  console.log(`${count} frames of ${LENGTH} bytes; round trips of one frame, ${PINGS} times`);
  console.log(
    'wire'.padEnd(34),
    'frames/s'.padStart(8),
    'ratio'.padStart(7),
    'lost'.padStart(8),
    'p50 us'.padStart(9),
    'p99 us'.padStart(9),
  );
  await measurePair(count);
  const ports = { local: 20_000 + (process.pid % 20_000), remote: 40_001 + (process.pid % 20_000) };
  const swapped = { local: ports.remote, remote: ports.local };
  const dgram = await measure(
    'node:dgram (baseline)',
    { kind: 'dgram', ...ports },
    { kind: 'dgram', ...swapped },
    count,
  );
  await measure('udp:', { kind: 'udp', ...ports }, { kind: 'udp', ...swapped }, count, dgram);
  if (process.env.BENCH_VETH !== '1') {
    console.log('if: not measured; run as root on Linux, with iproute2');
    return;
  }
  const va: Side = { kind: 'if', interfaceName: 'va' };
  const vb: Side = { kind: 'if', interfaceName: 'vb' };
  const plain = await measure('if: polled (baseline)', { ...va, moderated: false }, vb, count);
  await measure('if: polled, 2 MiB ring', { ...va, moderated: false, ringBytes: 2 << 20 }, vb, count, plain);
  await measure('if: moderated (default)', va, vb, count, plain);
  await measure('if: moderated, 2 MiB ring', { ...va, ringBytes: 2 << 20 }, vb, count, plain);
}

/** Run again inside a fresh network namespace with a veth pair, where that is possible. */
function inNamespace(): boolean {
  if (process.env.BENCH_VETH !== undefined || process.platform !== 'linux' || process.getuid?.() !== 0)
    return false;
  const quoted = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
    .map((a) => `'${a}'`)
    .join(' ');
  const script = `ip link set lo up; ip link add va type veth peer name vb
    for i in va vb; do echo 1 > /proc/sys/net/ipv6/conf/$i/disable_ipv6; ip link set $i up; done
    exec ${quoted}`;
  const child = spawnSync('unshare', ['-n', 'sh', '-ec', script], {
    stdio: 'inherit',
    env: { ...process.env, BENCH_VETH: '1' },
  });
  if (child.error !== undefined) return false;
  process.exitCode = child.status ?? 1;
  return true;
}

const job = process.env.BENCH_JOB;
if (job !== undefined) await work(JSON.parse(job) as Job);
else if (!inNamespace()) await main(Number(process.argv[2] ?? 300_000));

/**
 * Frames per second through the pipeline alone (no wires): the compiled engine against the interpreter, on an IPv6
 * router with a source guard (exact) and a route table (exact ++ longest prefix), direct and indirect counters, and a
 * rewritten Ethernet header. Per second of CPU time, so that other processes on the machine do not count. Run: `node --conditions=source --import tsx bench/pipeline.ts [seconds]`
 */
import { readFileSync } from 'node:fs';
import { CompiledEngine } from '../src/compiled/compiled-engine.js';
import type { Engine } from '../src/engine/engine.js';
import { Runtime } from '../src/engine/runtime.js';
import { systemEnvironment } from '../src/externs/clock.js';
import { Interpreter } from '../src/interpreter/interpreter.js';
import { loadProgram } from '../src/json/load.js';
import { PacketPath } from '../src/switch/packet-path.js';
import { ReplicationEngine } from '../src/switch/replication.js';

const NODES = 64;
const ROUTES_PER_NODE = 32;
const FRAME_SIZES = [110, 1100];

const json = readFileSync(new URL('../fixtures/router6.json', import.meta.url), 'utf8');
const seconds = Number(process.argv[2] ?? 2);

function build(make: (runtime: Runtime) => Engine): { path: PacketPath; sent: () => number } {
  const runtime = new Runtime(loadProgram(json), systemEnvironment());
  const engine = make(runtime);
  let sent = 0;
  const path = new PacketPath(engine, runtime, new ReplicationEngine(), {
    transmit: () => {
      sent++;
    },
    drop: () => {},
    digest: () => {},
  });
  const guard = runtime.tables.get('In.guard')!;
  const route = runtime.tables.get('In.route')!;
  for (let node = 0; node < NODES; node++) {
    guard.add({
      key: [
        { kind: 'exact', value: 1n },
        { kind: 'exact', value: BigInt(node) },
      ],
      action: { action: 'In.admit', data: [BigInt(node)] },
    });
    for (let i = 0; i < ROUTES_PER_NODE; i++) {
      // Five prefix lengths, as of page ranges of different sizes; the whole node is the shortest.
      const prefixLength = i === 0 ? 0 : 24 + 8 * (i % 4);
      route.add({
        key: [
          { kind: 'exact', value: BigInt(node) },
          { kind: 'lpm', value: BigInt(i) << 40n, prefixLength },
        ],
        action: { action: 'In.forward', data: [2n, 0x020000000000n + BigInt(i)] },
      });
    }
  }
  return { path, sent: () => sent };
}

function frames(size: number): Uint8Array[] {
  return Array.from({ length: 256 }, (_, i) => {
    const frame = new Uint8Array(size);
    const view = new DataView(frame.buffer);
    frame.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd, 0x60]);
    view.setUint16(18, size - 54);
    frame[20] = 17;
    frame[21] = 64;
    view.setUint32(22, (0xfdbb0000 | (i % NODES)) >>> 0);
    view.setUint32(38, (0xfdbb0000 | ((i * 7) % NODES)) >>> 0);
    view.setUint16(46, i % ROUTES_PER_NODE);
    view.setUint32(50, i * 4096);
    return frame;
  });
}

function measure(path: PacketPath, batch: readonly Uint8Array[], duration: number): number {
  const run = (until: number): number => {
    let count = 0;
    do {
      for (const frame of batch) path.process(1, frame);
      count += batch.length;
    } while (performance.now() < until);
    return count;
  };
  run(performance.now() + duration * 250); // warm up
  const start = process.cpuUsage();
  const count = run(performance.now() + duration * 1000);
  const { user, system } = process.cpuUsage(start);
  return (count * 1e6) / (user + system);
}

for (const size of FRAME_SIZES) {
  const batch = frames(size);
  const compiled = build((runtime) => new CompiledEngine(runtime));
  const interpreted = build((runtime) => new Interpreter(runtime));
  const fast = measure(compiled.path, batch, seconds);
  const slow = measure(interpreted.path, batch, seconds / 2);
  if (compiled.sent() === 0 || interpreted.sent() === 0) throw new Error('the benchmark forwards nothing');
  console.log(
    `${size} byte frames: compiled ${Math.round(fast).toLocaleString('en')} frames/s, ` +
      `interpreter ${Math.round(slow).toLocaleString('en')} frames/s, ratio ${(fast / slow).toFixed(1)}`,
  );
}

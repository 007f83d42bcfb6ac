// A process of its own: a generator thread at one interface and a sink at another, which compares every frame with what it has to be.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { parseFabric } from '@bluebridge/templates';
import { openIfWire } from 'ethernet-wire';
import { Inspector, requests, routed } from '../lib/frames.js';
import type { GeneratorData, Order } from './generator.js';
import { LAB_SPEC, type Ordered, PAGES, type Sent } from './protocol.js';
import { CELL, newCells } from './window.js';

/** How long after the last frame came no more is expected. */
const SETTLE_MS = 60;

const [from, to] = process.argv.slice(2) as [string, string];
const fabric = parseFabric(LAB_SPEC);
const cells = newCells();
// So large that the sink loses nothing while it waits for a CPU.
const sink = await openIfWire({ interfaceName: to, ringBytes: 16 << 20 });
// Node 20 does not hand `--import tsx` on to threads, so this one registers it itself.
const script = JSON.stringify(new URL('./generator.ts', import.meta.url).href);
const generator = new Worker(
  `import('tsx/esm/api').then(({ register }) => (register(), import(${script})))`,
  {
    eval: true,
    workerData: { interfaceName: from, cells } satisfies GeneratorData,
  },
);
generator.once('error', (error) => {
  throw error;
});
await once(generator, 'message');
let inspector = new Inspector([]);
sink.onFrames((arrived) => {
  inspector.look(arrived);
  Atomics.store(cells, CELL.received, inspector.frames);
  if (inspector.frames >= Atomics.load(cells, CELL.wakeAt)) Atomics.notify(cells, CELL.received);
});

async function run({ load, throughSwitch, window, seconds }: Ordered): Promise<Sent> {
  const frames = requests(fabric, load, PAGES);
  inspector = new Inspector(throughSwitch ? frames.map((frame) => routed(fabric, frame)) : frames);
  cells.fill(0);
  const done = once(generator, 'message');
  const began = performance.now();
  generator.postMessage({ frames, window } satisfies Order);
  await sleep(seconds * 1000);
  const right = inspector.frames;
  const took = performance.now() - began;
  Atomics.store(cells, CELL.stop, 1);
  Atomics.notify(cells, CELL.received);
  await done;
  const sent = Atomics.load(cells, CELL.sent);
  for (let last = -1; last !== inspector.frames && inspector.frames < sent; ) {
    last = inspector.frames;
    await sleep(SETTLE_MS);
  }
  return { sent, right: inspector.frames, wrong: inspector.wrong, rate: (right * 1000) / took };
}

process.on('message', (ordered: Ordered) => void run(ordered).then((sent) => process.send!(sent)));
process.on('disconnect', () => {
  generator.postMessage('close');
  void sink.close();
});
process.send!('ready');

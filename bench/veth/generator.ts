// A thread of its own: sends frames into one interface, as many as the window allows, until it is told to stop.
import { parentPort, workerData } from 'node:worker_threads';
import { openIfWire } from 'ethernet-wire';
import { CELL } from './window.js';

export interface GeneratorData {
  readonly interfaceName: string;
  readonly cells: Int32Array;
}

export interface Order {
  readonly frames: readonly Uint8Array[];
  readonly window: number;
}

/** The most frames handed to the kernel at once. */
const MAX_BURST = 32;
/** Milliseconds without a frame arriving after which those in flight are taken for lost. */
const STALL_MS = 50;

const { interfaceName, cells } = workerData as GeneratorData;
const wire = await openIfWire({ interfaceName });

function generate({ frames, window }: Order): void {
  const least = Math.min(MAX_BURST, window / 2);
  let sent = 0;
  let lost = 0;
  while (Atomics.load(cells, CELL.stop) === 0) {
    const received = Atomics.load(cells, CELL.received);
    const room = Math.min(MAX_BURST, window - (sent - lost - received));
    if (room < least) {
      Atomics.store(cells, CELL.wakeAt, received + least - room);
      if (Atomics.wait(cells, CELL.received, received, STALL_MS) === 'timed-out') lost = sent - received;
      continue;
    }
    for (let i = 0; i < room; i++) if (wire.send(frames[sent % frames.length]!)) sent++;
    wire.flush();
  }
  Atomics.store(cells, CELL.sent, sent);
  parentPort!.postMessage('done');
}

parentPort!.on('message', (order: Order | 'close') => {
  if (order !== 'close') generate(order);
  else void wire.close().then(() => parentPort!.close());
});
parentPort!.postMessage('ready');

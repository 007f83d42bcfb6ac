import { setTimeout as sleep } from 'node:timers/promises';

/** Cells that the generator's thread and the sink's share. */
export const CELL = {
  /** Right frames so far: what the generator sleeps on. */
  received: 0,
  /** How many have to be received before the generator is woken: a wake-up costs both more than a frame does. */
  wakeAt: 1,
  sent: 2,
  stop: 3,
} as const;
export const newCells = (): Int32Array =>
  new Int32Array(new SharedArrayBuffer(Object.keys(CELL).length * Int32Array.BYTES_PER_ELEMENT));

export interface WindowTrial {
  /** Frames a second that arrived. */
  readonly rate: number;
  /** Share of the frames sent that did not arrive. */
  readonly loss: number;
  /** CPU time of the switch, microseconds a frame. */
  readonly cpu: number;
}

export interface Best extends WindowTrial {
  readonly window: number;
  /** Frames a second that arrived at the window at which most did, however many were lost. */
  readonly delivered: number;
}

/** Frames in flight that are tried: from fewer than any queue on the way holds to more than most do. */
const WINDOWS = [16, 32, 64, 128, 256, 512, 1024];

/**
 * The highest rate at which no more than `allowedLoss` is lost, over the windows. What limits the rate is how many frames are in flight
 * and not a clock, so that a process that has to wait for a CPU delays the others instead of making them lose frames.
 */
export async function bestWindow(
  trial: (window: number) => Promise<WindowTrial>,
  allowedLoss: number,
): Promise<Best> {
  let best: Omit<Best, 'delivered'> = { window: 0, rate: 0, loss: 1, cpu: 0 };
  let delivered = 0;
  for (const window of WINDOWS) {
    const tried = await trial(window);
    if (tried.loss <= allowedLoss && tried.rate > best.rate) best = { window, ...tried };
    delivered = Math.max(delivered, tried.rate);
    await sleep(20); // queues run empty
  }
  if (best.window === 0)
    throw new Error(`at every window more than ${allowedLoss * 100} % of the frames was lost`);
  return { ...best, delivered };
}

/** A model of this folder, and the bounds within which every state of it is visited. */
export interface Run {
  readonly name: string;
  readonly model: Model;
  /** For spin and gcc alike: `-DNAME=value`. */
  readonly defines: readonly string[];
}

export type Model = 'coherence.pml' | 'progress.pml';

// Bounds of one run of coherence.pml (3 clients, 1 page, 1 slot): BEGINS requests are begun, PASSES requests or late copies of them pass the switch,
// WRITES writes happen; of NUMBERS requests answers may be under way at once. Of progress.pml: each client writes WANTS times, LOSSES messages are
// lost, REPEATS doubled.
const bounds = (text: string): string[] => text.split(' ').map((bound) => `-D${bound}`);

/** Each: what holds, in which model, within which bounds. */
export const RUNS: readonly Run[] = [
  {
    name: 'SWMR, data value: loss, duplication, reordering, eviction',
    model: 'coherence.pml',
    defines: bounds('NUMBERS=3 VALUES=3 BEGINS=4 PASSES=4 WRITES=2'),
  },
  {
    name: 'SWMR, data value: and a client that crashes',
    model: 'coherence.pml',
    defines: bounds('NUMBERS=3 VALUES=3 BEGINS=3 PASSES=3 WRITES=2 CRASHES=1'),
  },
  {
    name: 'SWMR, data value: and a switch that restarts',
    model: 'coherence.pml',
    defines: bounds('NUMBERS=3 VALUES=3 BEGINS=3 PASSES=3 WRITES=2 RESTARTS=1'),
  },
  {
    name: 'SWMR, data value: and both',
    model: 'coherence.pml',
    defines: bounds('NUMBERS=3 VALUES=3 BEGINS=3 PASSES=3 WRITES=2 CRASHES=1 RESTARTS=1'),
  },
  {
    name: 'no stuck state: loss, duplication, a client that crashes',
    model: 'progress.pml',
    defines: bounds('WANTS=1 LOSSES=3 REPEATS=2 CRASHES=1'),
  },
  {
    name: 'no stuck state: each client writes twice',
    model: 'progress.pml',
    defines: bounds('WANTS=2 LOSSES=2 REPEATS=1 CRASHES=1'),
  },
];

const fault = (name: string, model: Model, define: string, text: string): Run => ({
  name,
  model,
  defines: bounds(`${text} ${define}`),
});
const small = 'NUMBERS=3 VALUES=3 BEGINS=3 PASSES=3 WRITES=2';

/** Rules left out: Spin has to find what goes wrong. */
export const FAULTS: readonly Run[] = [
  fault('the UNBLOCK rule dropped', 'progress.pml', 'FAULT_NO_UNBLOCK', 'WANTS=1'),
  fault('UNBLOCK not repeated', 'progress.pml', 'FAULT_UNBLOCK_ONCE', 'WANTS=1'),
  fault('a dead client never fenced', 'progress.pml', 'FAULT_NO_FENCE', 'WANTS=1'),
  fault("a dead client's lock without a lease", 'progress.pml', 'FAULT_NO_LEASE', 'WANTS=1'),
  fault('ACKs counted, not a bitmap', 'coherence.pml', 'FAULT_COUNT_ACKS', small),
  fault('the epoch not checked after a restart', 'coherence.pml', 'FAULT_OPEN_EARLY', `${small} RESTARTS=1`),
  fault(
    'the epoch not checked by the home',
    'coherence.pml',
    'FAULT_HOME_IGNORES_EPOCH',
    `${small.replace('PASSES=3', 'PASSES=4')} CRASHES=1`,
  ),
];

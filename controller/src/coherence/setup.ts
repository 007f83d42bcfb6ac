import type { Logger } from 'pino';
import type { Intent } from '../intent/intent.js';
import type { Engine } from '../run/engine.js';
import type { Journal } from '../run/journal.js';
import type { Switches } from '../run/switches.js';
import type { CoordinatorTimers } from './coordinator.js';
import { type Remembered, StoreLedger } from './ledger.js';
import { CoherenceService } from './service.js';

export interface CoherenceParts {
  readonly intent: Intent;
  readonly engine: Engine;
  readonly switches: Switches;
  readonly journal: Journal;
  readonly log: Logger;
  readonly timers?: CoordinatorTimers;
  readonly isNew: boolean;
  readonly remembered: Remembered | undefined;
}

/** The coherence of a fabric, put together from the parts of its controller; undefined where the switch has no directory. */
export function coherenceOf(parts: CoherenceParts): CoherenceService | undefined {
  const { intent, engine, switches, journal, log, timers = systemTimers, isNew, remembered } = parts;
  const { coherence } = intent.fabric.features;
  if (coherence?.mode !== 'msi') return undefined;
  const { name } = intent.fabric.switches[0]!;
  const put = async (records: ReadonlyMap<string, string>): Promise<void> => {
    const failure = await engine.exclusive(() => {
      for (const [key, value] of records) journal.put(key, value);
      return journal.flush();
    });
    if (failure) throw failure;
  };
  return new CoherenceService({
    intent,
    coherence,
    writer: { write: (concerned, wanted) => engine.writeEntries(name, concerned, wanted) },
    send: (frame) => switches.send([frame]),
    timers,
    ledger: new StoreLedger(put, remembered ?? { lastGeneration: 0, lastEpoch: 0, joins: [] }),
    ...(remembered && { remembered }),
    isNew,
    log,
  });
}

/** Timers that do not keep a process alive. */
export const systemTimers: CoordinatorTimers = {
  now: () => performance.now(),
  setTimeout: (run, milliseconds) => setTimeout(run, milliseconds).unref(),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

import { hostname } from 'node:os';
import { EtcdElection, type Store } from '@bluebridge/controller';
import { openStore, type StorePlace } from './store.js';

/** A time during which the controller of this process leads. */
export interface Leadership {
  readonly store: Store;
  readonly electionId: bigint;
  readonly mayWrite?: () => boolean;
  /** Aborted when it ends, with the reason, and when the command is interrupted. */
  readonly signal: AbortSignal;
}

export interface TermsOptions {
  readonly place: StorePlace;
  readonly fabricName: string;
  /** Where nobody elects. */
  readonly electionId: bigint;
  readonly signal: AbortSignal;
  readonly onWaiting: (reason: string) => void;
}

/**
 * The times during which this controller leads: one, from now on, where it keeps its intent for itself; as many as etcd gives it where others may lead.
 * @throws StoreError, the signal's reason
 */
export async function* terms(options: TermsOptions): AsyncGenerator<Leadership> {
  const { place, fabricName, electionId, signal, onWaiting } = options;
  if (place.kind !== 'etcd') {
    yield { store: openStore(place, fabricName), electionId, signal };
    return;
  }
  const candidate = `${hostname()}:${process.pid}`;
  const election = new EtcdElection({ hosts: place.hosts, fabric: fabricName, candidate });
  try {
    while (!signal.aborted) {
      const term = await election.lead(signal, onWaiting);
      try {
        yield {
          store: term.store,
          electionId: term.electionId,
          mayWrite: () => term.leads(),
          signal: AbortSignal.any([signal, term.signal]),
        };
      } finally {
        await term.resign();
      }
    }
  } finally {
    election.close();
  }
}

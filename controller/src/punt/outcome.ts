import type { Effect } from '../intent/effect.js';
import type { Range } from '../intent/ranges.js';

/** A frame that the P4 program sent to the controller, taken out of its packet-in. */
export interface Punted {
  readonly frame: Uint8Array;
  /** Name of the switch that sent it. */
  readonly switch: string;
  readonly ingressPort: number;
  /** Why it was sent up: one of PUNTS, or of COHERENCE_PUNTS. */
  readonly cause: number;
}

/** A frame that the controller sends out of a port of a switch. */
export interface Outgoing {
  readonly switch: string;
  readonly port: number;
  readonly frame: Uint8Array;
}

/** What a punted frame asks of the controller. */
export interface Outcome {
  /** One line for the log and the name of the counter. */
  readonly what: PuntResult;
  readonly detail: string;
  /** How the intent changed; its entries have to be in the switch before `send`. */
  readonly effects: readonly Effect[];
  readonly send: readonly Outgoing[];
  /** A range that somebody has no right to any more: copies of it are called in before `send`. */
  readonly withdrawn?: Range & { readonly node: number };
  /**
   * Take the change of the intent back and say what to send instead, because the switch or the store did not take it. Changes are taken back
   * in the opposite order in which they were made.
   */
  readonly undo?: (why: 'refused' | 'not stored') => {
    readonly effects: readonly Effect[];
    readonly send: readonly Outgoing[];
  };
}

export type PuntResult =
  | 'placed' // an ALLOC went to a server
  | 'allocated'
  | 'freed'
  | 'granted'
  | 'revoked'
  | 'repeated' // answered again, nothing changed
  | 'refused' // answered with a NACK
  | 'stale' // a late duplicate, dropped
  | 'malformed'; // dropped

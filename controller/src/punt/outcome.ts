import type { Effect } from '../intent/allocations.js';

/** A frame that the P4 program sent to the controller, taken out of its packet-in. */
export interface Punted {
  readonly frame: Uint8Array;
  readonly ingressPort: number;
}

/** A frame that the controller sends out of a port of the switch. */
export interface Outgoing {
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
  /** Take the change of the intent back and say what to send instead, because the switch did not take its entries. */
  readonly undo?: (reason: string) => {
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

/** Why a frame (or a copy of one) went nowhere. */
export type DropReason =
  | 'no-pipeline' // none is loaded
  | 'ingress' // the program dropped it in ingress
  | 'egress' // the program dropped it in egress
  | 'no-port' // nothing is attached to the port it was sent to
  | 'wire-full' // the wire refused it (queue full, or longer than the wire takes)
  | 'unknown-group' // multicast to a group that does not exist, or is empty
  | 'unknown-session' // clone to a session that does not exist
  | 'limit' // recirculated, resubmitted or cloned too often
  | 'aborted' // an assert or assume of the program failed
  | 'internal-error'; // a fault of the switch itself; see the log

export interface PortStatistics {
  rxFrames: number;
  rxBytes: number;
  txFrames: number;
  txBytes: number;
  /** Frames the wire did not take. */
  txDropped: number;
}

export function newPortStatistics(): PortStatistics {
  return { rxFrames: 0, rxBytes: 0, txFrames: 0, txBytes: 0, txDropped: 0 };
}

export type DropStatistics = Record<DropReason, number>;

export function newDropStatistics(): DropStatistics {
  return {
    'no-pipeline': 0,
    ingress: 0,
    egress: 0,
    'no-port': 0,
    'wire-full': 0,
    'unknown-group': 0,
    'unknown-session': 0,
    limit: 0,
    aborted: 0,
    'internal-error': 0,
  };
}

/**
 * What happens in the controller, for logs and metrics: told to one observer. Every text that could be a metric's label (`switch`, `code`,
 * `operation`, `what`) is one of a small set; reasons in words are for logs only.
 */
export type ControllerEvent =
  /** A switch is as intended. `ms`: from the first call of the take-over to the last. */
  | {
      readonly type: 'attached';
      readonly switch: string;
      readonly pipeline: 'kept' | 'pushed';
      readonly entries: number;
      readonly updates: number;
      readonly refused: number;
      readonly ms: number;
    }
  /** The session with a switch ended. */
  | { readonly type: 'detached'; readonly switch: string; readonly code: string; readonly reason: string }
  /** A link between switches is fit to be used again, or is not. */
  | { readonly type: 'link'; readonly link: string; readonly usable: boolean }
  /** A hello came in where it should not: the cable is not where the specification says. */
  | { readonly type: 'miscabled'; readonly at: string; readonly from: string; readonly expected: string }
  /** Frames take other ways between the switches from now on. */
  | { readonly type: 'rerouted'; readonly updates: number; readonly ms: number }
  /** A difference was written to a switch and acknowledged. */
  | {
      readonly type: 'written';
      readonly switch: string;
      readonly updates: number;
      readonly refused: number;
      readonly ms: number;
    }
  /** A switch refused an entry. */
  | { readonly type: 'refused'; readonly switch: string; readonly table: string; readonly reason: string }
  /** A punted frame was handled; `what` as in docs: `placed`, `allocated`, `freed`, ... */
  | { readonly type: 'punt'; readonly what: string; readonly detail: string }
  /** More punted frames waited than the controller keeps: one was dropped, its client asks again. */
  | { readonly type: 'overflow' }
  /** The program told of requests that it refused; `dropped` came faster than they are told one by one. */
  | {
      readonly type: 'refusals';
      readonly switch: string;
      readonly told: readonly Readonly<Record<string, unknown>>[];
      readonly dropped: number;
    }
  /** The store has acknowledged a change. */
  | { readonly type: 'stored'; readonly records: number; readonly ms: number }
  /** The store did not take a change: whoever asked for it was not told that it took effect. */
  | {
      readonly type: 'store-failed';
      readonly code: string;
      readonly reason: string;
      readonly pending: number;
    }
  /** What the store held when the controller started. */
  | { readonly type: 'loaded'; readonly records: number; readonly ms: number }
  /** This controller may write from now on. */
  | { readonly type: 'elected'; readonly electionId: bigint }
  /** It may not any more. */
  | { readonly type: 'deposed'; readonly reason: string }
  /** An operation ended; `code` is `OK` or that of its error. */
  | { readonly type: 'operation'; readonly operation: string; readonly code: string; readonly ms: number };

export type ControllerObserver = (event: ControllerEvent) => void;

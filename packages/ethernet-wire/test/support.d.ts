import type { Wire } from 'ethernet-wire';
/** A frame of `length` bytes whose first bytes name it. */
export declare function numberedFrame(n: number, length?: number): Uint8Array;
export declare function frameNumber(frame: Uint8Array): number;
export interface Collector {
  /** Copies of all frames so far. */
  readonly frames: Uint8Array[];
  /** How many frames each call of the handler brought. */
  readonly batches: number[];
  /** Resolves once `count` frames in all have arrived. */
  until(count: number): Promise<Uint8Array[]>;
}
/** Become the wire's receiver and keep what arrives. */
export declare function collect(wire: Wire): Collector;
/** One turn of the event loop. */
export declare function turn(): Promise<void>;
//# sourceMappingURL=support.d.ts.map

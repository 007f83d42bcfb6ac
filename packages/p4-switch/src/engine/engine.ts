import type { Field, FieldList, LearnList } from '../ir/program.js';
import type { Packet } from './packet.js';

/** Everything an engine knows of one packet, to be put aside and taken up again. Opaque to all but its engine. */
export interface Snapshot {
  readonly engine: string;
}

/**
 * Runs the programmable blocks on one packet at a time: `packet` and the fields inside are the current packet. The
 * architecture around them (clone, multicast, resubmit, ...) is the switch's, and the same for all engines.
 */
export interface Engine {
  readonly name: 'compiled' | 'interpreter';
  readonly packet: Packet;
  /** All fields zero, all headers invalid, all stacks empty. */
  reset(): void;
  /** Parse `packet`, move its start behind the headers, set its parserError, verify checksums. */
  parse(): void;
  ingress(): void;
  egress(): void;
  /** Update checksums and write the valid headers in front of the payload. */
  deparse(): void;
  /** Fields of up to 53 bits. */
  get(field: Field): number;
  set(field: Field, value: number): void;
  getBits(field: Field): bigint;
  setBits(field: Field, value: bigint): void;
  isValid(headerName: string): boolean;
  resetMetadata(): void;
  /** Values of a field list, for `restore` after the fields were reset (clone, resubmit, recirculate). */
  save(list: FieldList): readonly bigint[];
  restore(list: FieldList, values: readonly bigint[]): void;
  /** A digest's fields as unsigned integers. */
  sample(list: LearnList): bigint[];
  /** The fields; the bytes are the caller's matter. */
  snapshot(): Snapshot;
  resume(snapshot: Snapshot): void;
}

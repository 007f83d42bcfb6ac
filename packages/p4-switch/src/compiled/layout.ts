import { wordCount } from '../bits/words.js';
import type { Field, Header, Program } from '../ir/program.js';

/**
 * Where generated code keeps the packet header vector: every field in 32-bit words of one Uint32Array, most
 * significant word first, bits beyond the width zero (signed fields as raw two's complement). Words keep 48, 64, 80
 * and 128-bit fields out of bigints, and a typed array keeps them out of the garbage collector. Headers of one type
 * have one shape, so a field of a stack element is `base of the element + relative slot`.
 */
export class Layout {
  readonly size: number;
  private readonly slots: Int32Array;
  private readonly bases: Int32Array;
  private readonly lengthSlots = new Map<Field, number>();

  constructor(readonly program: Program) {
    this.slots = new Int32Array(program.fields.length);
    this.bases = new Int32Array(program.headers.length);
    let at = 0;
    for (const header of program.headers) {
      this.bases[header.index] = at;
      for (const field of header.fields) {
        this.slots[field.index] = at;
        at += wordCount(field.width);
        if (field.varbit) this.lengthSlots.set(field, at++);
      }
    }
    this.size = at;
  }

  slot(field: Field): number {
    return this.slots[field.index]!;
  }

  words(field: Field): number {
    return wordCount(field.width);
  }

  /** Slot that holds the current width (bits) of a varbit field. */
  lengthSlot(field: Field): number {
    return this.lengthSlots.get(field)!;
  }

  base(header: Header): number {
    return this.bases[header.index]!;
  }

  headerWords(header: Header): number {
    return header.fields.reduce((sum, field) => sum + wordCount(field.width) + (field.varbit ? 1 : 0), 0);
  }
}

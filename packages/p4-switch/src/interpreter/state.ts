import { readBits, truncateTo, writeBits } from '../bits/bits.js';
import type { Snapshot } from '../engine/engine.js';
import type { Field, Header, HeaderStack, Program, UnionStack } from '../ir/program.js';

interface StateSnapshot extends Snapshot {
  readonly values: readonly bigint[];
  readonly bits: readonly number[];
  readonly valid: readonly boolean[];
  readonly next: readonly number[];
  readonly unionNext: readonly number[];
}

/** The packet header vector, one bigint a field. */
export class State {
  private values: bigint[];
  /** Current width of varbit fields; the fixed width of others. */
  private bits: number[];
  private valid: boolean[];
  /** Per stack, the index of the element that the next extraction fills. */
  private next: number[];
  private unionNext: number[];

  constructor(private readonly program: Program) {
    this.values = program.fields.map(() => 0n);
    this.bits = program.fields.map((field) => (field.varbit ? 0 : field.width));
    this.valid = program.headers.map((header) => header.metadata);
    this.next = program.stacks.map(() => 0);
    this.unionNext = program.unionStacks.map(() => 0);
  }

  reset(): void {
    this.values.fill(0n);
    for (const field of this.program.fields) if (field.varbit) this.bits[field.index] = 0;
    for (const header of this.program.headers) this.valid[header.index] = header.metadata;
    this.next.fill(0);
    this.unionNext.fill(0);
  }

  read(field: Field): bigint {
    return this.values[field.index]!;
  }

  write(field: Field, value: bigint): void {
    this.values[field.index] = truncateTo(value, field.width, field.signed, field.saturating);
  }

  bitsOf(field: Field): number {
    return this.bits[field.index]!;
  }

  writeVarbit(field: Field, value: bigint, bits: number): void {
    const fits = Math.min(bits, field.width);
    this.bits[field.index] = fits;
    this.values[field.index] = BigInt.asUintN(fits, value);
  }

  isValid(header: Header): boolean {
    return this.valid[header.index]!;
  }

  /** In a union, making one member valid invalidates the others (P4_16 8.18). */
  setValid(header: Header, valid: boolean): void {
    if (header.metadata) return;
    if (valid && header.union) {
      for (const member of header.union.union.headers) this.valid[member.index] = false;
    }
    this.valid[header.index] = valid;
  }

  zero(header: Header): void {
    for (const field of header.fields) this.values[field.index] = 0n;
  }

  copyFields(target: Header, source: Header): void {
    for (const [offset, field] of target.fields.entries()) {
      const from = source.fields[offset]!;
      this.values[field.index] = this.values[from.index]!;
      this.bits[field.index] = this.bits[from.index]!;
    }
  }

  /** Bytes the header takes in a packet now. */
  byteLength(header: Header): number {
    return header.fixedBytes + (header.varbit ? this.bitsOf(header.varbit) / 8 : 0);
  }

  extract(header: Header, bytes: Uint8Array, offset: number, varbitBits: number): void {
    let at = offset * 8;
    for (const field of header.fields) {
      const width = field.varbit ? varbitBits : field.width;
      const value = readBits(bytes, at, width);
      if (field.varbit) this.writeVarbit(field, value, width);
      else this.values[field.index] = field.signed ? BigInt.asIntN(width, value) : value;
      at += width;
    }
    this.setValid(header, true);
  }

  /** Writes the header's bits. @returns the bit after it. */
  emit(header: Header, bytes: Uint8Array, bitOffset: number): number {
    let at = bitOffset;
    for (const field of header.fields) {
      const width = this.bitsOf(field);
      writeBits(bytes, at, width, BigInt.asUintN(width, this.read(field)));
      at += width;
    }
    return at;
  }

  nextOf(stack: HeaderStack): number {
    return this.next[stack.index]!;
  }

  setNext(stack: HeaderStack, next: number): void {
    this.next[stack.index] = next;
  }

  unionNextOf(stack: UnionStack): number {
    return this.unionNext[stack.index]!;
  }

  setUnionNext(stack: UnionStack, next: number): void {
    this.unionNext[stack.index] = next;
  }

  resetMetadata(): void {
    for (const header of this.program.headers) if (header.metadata) this.zero(header);
  }

  snapshot(): StateSnapshot {
    return {
      engine: 'interpreter',
      values: [...this.values],
      bits: [...this.bits],
      valid: [...this.valid],
      next: [...this.next],
      unionNext: [...this.unionNext],
    };
  }

  resume(snapshot: Snapshot): void {
    const from = snapshot as StateSnapshot;
    this.values = [...from.values];
    this.bits = [...from.bits];
    this.valid = [...from.valid];
    this.next = [...from.next];
    this.unionNext = [...from.unionNext];
  }
}

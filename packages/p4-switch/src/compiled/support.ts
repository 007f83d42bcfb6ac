import type { Packet } from '../engine/packet.js';
import { type HashFunction, hashFunction } from '../externs/hash.js';
import type { CalculationInput, Header, Program } from '../ir/program.js';
import type { Layout } from './layout.js';

/** State of the compiled engine that generated code and the functions below share. */
export interface Memory {
  readonly fields: Uint32Array;
  /** 1: valid. Metadata headers always are. */
  readonly valid: Uint8Array;
  /** Next index of each stack, then of each union stack. */
  readonly next: Int32Array;
}

/**
 * What generated code calls for the constructs that are rare or do not gain from being unrolled: unions, stack
 * shifts, varbit headers, comparing headers, checksums and hashes.
 */
export class Support {
  private scratch = new Uint8Array(8192);
  private readonly calculations: readonly {
    readonly inputs: readonly CalculationInput[];
    readonly hash: HashFunction;
    readonly withPayload: boolean;
  }[];

  constructor(
    private readonly program: Program,
    private readonly layout: Layout,
    private readonly memory: Memory,
    private readonly packet: Packet,
  ) {
    this.calculations = program.calculations.map(({ inputs, algorithm, withPayload }) => ({
      inputs,
      hash: hashFunction(algorithm),
      withPayload,
    }));
  }

  // ---- validity ----

  setValid(index: number, valid: boolean): void {
    const header = this.program.headers[index]!;
    if (header.metadata) return;
    if (valid && header.union) {
      for (const member of header.union.union.headers) this.memory.valid[member.index] = 0;
    }
    this.memory.valid[index] = valid ? 1 : 0;
  }

  makeValid(index: number): void {
    if (index < 0 || this.memory.valid[index] === 1) return;
    const header = this.program.headers[index]!;
    for (const field of header.fields) {
      const slot = this.layout.slot(field);
      this.memory.fields.fill(0, slot, slot + this.layout.words(field));
    }
    this.setValid(index, true);
    this.packet.packetLength += this.byteLength(header);
  }

  makeInvalid(index: number): void {
    if (index < 0 || this.memory.valid[index] !== 1) return;
    this.packet.packetLength -= this.byteLength(this.program.headers[index]!);
    this.setValid(index, false);
  }

  unionValid(index: number): boolean {
    if (index < 0) return false;
    return this.program.unions[index]!.headers.some((header) => this.memory.valid[header.index] === 1);
  }

  sameHeader(left: number, right: number): boolean {
    const { valid, fields } = this.memory;
    if (left < 0 || right < 0 || valid[left] !== 1 || valid[right] !== 1) return false;
    const [a, b] = [this.program.headers[left]!, this.program.headers[right]!];
    if (a.typeName !== b.typeName) return false;
    return a.fields.every((field, offset) => {
      const [x, y] = [this.layout.slot(field), this.layout.slot(b.fields[offset]!)];
      for (let i = 0; i < this.layout.words(field); i++) if (fields[x + i] !== fields[y + i]) return false;
      return true;
    });
  }

  sameUnion(left: number, right: number): boolean {
    if (left < 0 || right < 0) return false;
    const other = this.program.unions[right]!.headers;
    return this.program.unions[left]!.headers.some((header, member) =>
      this.sameHeader(header.index, other[member]!.index),
    );
  }

  // ---- copies ----

  copyHeader(target: number, source: number): void {
    if (target < 0) return;
    if (source < 0 || this.memory.valid[source] !== 1) return this.setValid(target, false);
    this.copyFields(target, source);
    this.setValid(target, true);
  }

  private copyFields(target: number, source: number): void {
    const header = this.program.headers[target]!;
    const from = this.layout.base(this.program.headers[source]!);
    this.memory.fields.copyWithin(this.layout.base(header), from, from + this.layout.headerWords(header));
  }

  copyUnion(target: number, source: number): void {
    if (target < 0 || source < 0 || target === source) return;
    const from = this.program.unions[source]!.headers;
    for (const [member, header] of this.program.unions[target]!.headers.entries()) {
      this.copyHeader(header.index, from[member]!.index);
    }
  }

  copyVarbit(targetHeader: number, targetOffset: number, sourceHeader: number, sourceOffset: number): void {
    const target = this.program.headers[targetHeader]!.fields[targetOffset]!;
    const source = this.program.headers[sourceHeader]!.fields[sourceOffset]!;
    const { fields } = this.memory;
    const bits = Math.min(fields[this.layout.lengthSlot(source)]!, target.width);
    const [to, from] = [this.layout.slot(target), this.layout.slot(source)];
    const [toWords, fromWords] = [this.layout.words(target), this.layout.words(source)];
    const value = Array.from({ length: toWords }, (_, i) => {
      const at = fromWords - toWords + i;
      const above = (toWords - 1 - i) * 32;
      const word = at >= 0 ? fields[from + at]! : 0;
      return bits >= above + 32 ? word : bits <= above ? 0 : word & (2 ** (bits - above) - 1);
    });
    fields.set(value, to);
    fields[this.layout.lengthSlot(target)] = bits;
  }

  // ---- stacks (P4_16 8.19) ----

  push(stack: number, count: number): void {
    const { headers } = this.program.stacks[stack]!;
    const size = headers.length;
    for (let i = size - 1; i >= count; i--) this.move(headers[i]!, headers[i - count]!);
    for (let i = 0; i < Math.min(count, size); i++) this.setValid(headers[i]!.index, false);
    this.memory.next[stack] = Math.min(size, this.memory.next[stack]! + count);
  }

  pop(stack: number, count: number): void {
    const { headers } = this.program.stacks[stack]!;
    const size = headers.length;
    for (let i = 0; i + count < size; i++) this.move(headers[i]!, headers[i + count]!);
    for (let i = Math.max(0, size - count); i < size; i++) this.setValid(headers[i]!.index, false);
    this.memory.next[stack] = Math.max(0, this.memory.next[stack]! - count);
  }

  pushUnion(stack: number, count: number): void {
    const { unions } = this.program.unionStacks[stack]!;
    const slot = this.program.stacks.length + stack;
    const size = unions.length;
    for (let i = size - 1; i >= count; i--) this.moveUnion(unions[i]!.index, unions[i - count]!.index);
    for (let i = 0; i < Math.min(count, size); i++) this.invalidateUnion(unions[i]!.index);
    this.memory.next[slot] = Math.min(size, this.memory.next[slot]! + count);
  }

  popUnion(stack: number, count: number): void {
    const { unions } = this.program.unionStacks[stack]!;
    const slot = this.program.stacks.length + stack;
    const size = unions.length;
    for (let i = 0; i + count < size; i++) this.moveUnion(unions[i]!.index, unions[i + count]!.index);
    for (let i = Math.max(0, size - count); i < size; i++) this.invalidateUnion(unions[i]!.index);
    this.memory.next[slot] = Math.max(0, this.memory.next[slot]! - count);
  }

  private move(target: Header, source: Header): void {
    if (target === source) return;
    this.copyFields(target.index, source.index);
    this.setValid(target.index, this.memory.valid[source.index] === 1);
  }

  private moveUnion(target: number, source: number): void {
    if (target === source) return;
    this.invalidateUnion(target);
    const from = this.program.unions[source]!.headers;
    for (const [member, header] of this.program.unions[target]!.headers.entries()) {
      this.move(header, from[member]!);
    }
  }

  private invalidateUnion(index: number): void {
    for (const header of this.program.unions[index]!.headers) this.setValid(header.index, false);
  }

  // ---- headers with a varbit field ----

  byteLength(header: Header): number {
    if (!header.varbit) return header.fixedBytes;
    return header.fixedBytes + this.memory.fields[this.layout.lengthSlot(header.varbit)]! / 8;
  }

  extractVariable(index: number, byteOffset: number, varbitBits: number): void {
    const header = this.program.headers[index]!;
    let at = byteOffset * 8;
    for (const field of header.fields) {
      const width = field.varbit ? varbitBits : field.width;
      const words = this.layout.words(field);
      const slot = this.layout.slot(field);
      for (let i = 0; i < words; i++) {
        const left = width - i * 32;
        const take = Math.min(32, left);
        this.memory.fields[slot + words - 1 - i] = left > 0 ? this.bits(at + left - take, take) : 0;
      }
      if (field.varbit) this.memory.fields[this.layout.lengthSlot(field)] = width;
      at += width;
    }
    this.setValid(index, true);
  }

  /** Up to 32 bits of the packet's buffer from bit `at` on. */
  bits(at: number, width: number): number {
    const { buffer } = this.packet;
    const last = at + width - 1;
    let value = 0;
    for (let byte = at >>> 3; byte <= last >>> 3; byte++) value = value * 256 + (buffer[byte] ?? 0);
    return Math.floor(value / 2 ** (7 - (last & 7))) % 2 ** width;
  }

  emitVariable(index: number, byteOffset: number): void {
    const header = this.program.headers[index]!;
    this.packet.buffer.fill(0, byteOffset, byteOffset + this.byteLength(header));
    this.appendHeader(header, this.packet.buffer, byteOffset * 8);
  }

  // ---- calculations ----

  /** The named calculation over the current packet. */
  calculate(index: number): number | bigint {
    const { inputs, hash, withPayload } = this.calculations[index]!;
    return this.hashInputs(inputs, hash, withPayload);
  }

  hashInputs(inputs: readonly CalculationInput[], hash: HashFunction, withPayload: boolean): number | bigint {
    const { packet } = this;
    const most = this.inputBytes(inputs) + (withPayload ? packet.length : 0);
    if (most > this.scratch.length) this.scratch = new Uint8Array(2 * most);
    const scratch = this.scratch.fill(0, 0, this.inputBytes(inputs));
    let at = 0;
    for (const input of inputs) {
      if (input.kind === 'constant') {
        for (let left = input.width; left > 0; left -= 32) {
          const take = Math.min(32, left);
          const word = Number((input.value >> BigInt(left - take)) & 0xffffffffn) % 2 ** take;
          // Top word first: the odd bits lead.
          at = this.appendBits(scratch, at, word, take);
        }
      } else if (input.kind === 'header') {
        if (this.memory.valid[input.header.index] === 1) at = this.appendHeader(input.header, scratch, at);
      } else if (this.memory.valid[input.field.header.index] === 1) {
        at = this.appendField(input.field.header, input.field.offset, scratch, at);
      }
    }
    let length = (at + 7) >>> 3;
    if (withPayload) {
      const payload = packet.length;
      scratch.set(packet.buffer.subarray(packet.start, packet.start + payload), length);
      length += payload;
    }
    return hash(scratch, length);
  }

  private inputBytes(inputs: readonly CalculationInput[]): number {
    let bits = 0;
    for (const input of inputs) {
      if (input.kind === 'constant') bits += input.width;
      else if (input.kind === 'field') bits += input.field.width;
      else bits += input.header.fixedBytes * 8 + (input.header.varbit?.width ?? 0);
    }
    return (bits + 7) >>> 3;
  }

  private appendHeader(header: Header, into: Uint8Array, at: number): number {
    let bit = at;
    for (let offset = 0; offset < header.fields.length; offset++) {
      bit = this.appendField(header, offset, into, bit);
    }
    return bit;
  }

  private appendField(header: Header, offset: number, into: Uint8Array, at: number): number {
    const field = header.fields[offset]!;
    const { fields } = this.memory;
    const width = field.varbit ? fields[this.layout.lengthSlot(field)]! : field.width;
    const slot = this.layout.slot(field);
    const words = this.layout.words(field);
    const used = (width + 31) >>> 5;
    let bit = at;
    for (let i = words - used; i < words; i++) {
      const take = i === words - used ? width - (used - 1) * 32 : 32;
      bit = this.appendBits(into, bit, fields[slot + i]!, take);
    }
    return bit;
  }

  /** Append the low `width` bits (<= 32) to bytes that are zero from bit `at` on. @returns the bit after them. */
  private appendBits(into: Uint8Array, at: number, value: number, width: number): number {
    let left = width;
    let bit = at;
    while (left > 0) {
      const room = 8 - (bit & 7);
      const take = Math.min(room, left);
      const part = Math.floor(value / 2 ** (left - take)) & ((1 << take) - 1);
      into[bit >>> 3]! |= part << (room - take);
      bit += take;
      left -= take;
    }
    return bit;
  }
}

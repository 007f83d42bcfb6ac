import { P4SwitchError } from '../errors.js';
import type { CounterDecl } from '../ir/program.js';
import type { CounterControl, CounterValue } from '../switch/control-plane.js';

/** Above this a double would no longer count by one, so larger written values are kept beside the array. */
const EXACT = 2 ** 52;
const MASK64 = (1n << 64n) - 1n;

/** Packets and bytes per cell; the hot path adds doubles, which are exact up to 2**53. */
export class CounterArray implements CounterControl {
  readonly name: string;
  readonly size: number;
  private readonly packets: Float64Array;
  private readonly bytes: Float64Array;
  private readonly written = new Map<number, CounterValue>();

  constructor(decl: CounterDecl) {
    this.name = decl.name;
    this.size = decl.size;
    this.packets = new Float64Array(decl.size);
    this.bytes = new Float64Array(decl.size);
  }

  /** Out of range counts nothing, as in BMv2's debug build. */
  count(index: number, length: number): void {
    if (index >= 0 && index < this.size) {
      this.packets[index]! += 1;
      this.bytes[index]! += length;
    }
  }

  read(index: number): CounterValue {
    checkIndex('counter', this.name, index, this.size);
    const base = this.written.get(index);
    return {
      packets: ((base?.packets ?? 0n) + BigInt(this.packets[index]!)) & MASK64,
      bytes: ((base?.bytes ?? 0n) + BigInt(this.bytes[index]!)) & MASK64,
    };
  }

  write(index: number, value: CounterValue): void {
    checkIndex('counter', this.name, index, this.size);
    const small = value.packets < EXACT && value.bytes < EXACT;
    if (small) this.written.delete(index);
    else this.written.set(index, value);
    this.packets[index] = small ? Number(value.packets) : 0;
    this.bytes[index] = small ? Number(value.bytes) : 0;
  }
}

export function checkIndex(kind: string, name: string, index: number, size: number): void {
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new P4SwitchError('OUT_OF_RANGE', `${kind} "${name}" has cells 0 to ${size - 1}, no cell ${index}`);
  }
}

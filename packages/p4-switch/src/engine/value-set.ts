import { maskOf } from '../bits/bits.js';
import { P4SwitchError } from '../errors.js';
import type { ValueSet } from '../ir/program.js';
import type { ValueSetControl, ValueSetMember } from '../switch/control-plane.js';

/** Members of a parser value set, against keys in the byte-padded form that transition keys have. */
export class ValueSetState implements ValueSetControl {
  readonly name: string;
  readonly width: number;
  private current: readonly ValueSetMember[] = [];
  /** Members that match one key, padded as keys are; the others are tried one by one. */
  private exact: readonly bigint[] = [];
  private others: readonly ValueSetMember[] = [];

  constructor(private readonly decl: ValueSet) {
    this.name = decl.name;
    this.width = decl.width;
  }

  members(): readonly ValueSetMember[] {
    return this.current;
  }

  set(members: readonly ValueSetMember[]): void {
    const all = maskOf(this.width);
    for (const { value, mask } of members) {
      if (value >= 0n && value <= all && mask >= 0n && mask <= all) continue;
      throw new P4SwitchError(
        'BAD_ARGUMENT',
        `${value} &&& ${mask} does not fit the ${this.width} bits of value set "${this.name}"`,
      );
    }
    const isExact = (member: ValueSetMember) => member.mask === all && member.ranges.length === 0;
    this.current = [...members];
    this.exact = members.filter(isExact).map((member) => this.pad(member.value));
    this.others = members.filter((member) => !isExact(member));
  }

  /**
   * @param key byte-padded part by part
   * @param mask of the transition, padded alike: bits that are not compared
   */
  contains(key: bigint, mask: bigint | undefined): boolean {
    if (mask === undefined ? this.exact.includes(key) : this.exact.some((m) => (m & mask) === (key & mask))) {
      return true;
    }
    if (this.others.length === 0) return false;
    const plain = this.unpad(key);
    const compared = mask === undefined ? -1n : this.unpad(mask);
    return this.others.some(
      (m) =>
        ((plain ^ m.value) & m.mask & compared) === 0n &&
        m.ranges.every(({ shift, width, low, high }) => {
          const bits = BigInt.asUintN(width, plain >> BigInt(shift));
          return low <= bits && bits <= high;
        }),
    );
  }

  private pad(member: bigint): bigint {
    let out = 0n;
    let shift = 0n;
    let rest = member;
    for (const width of [...this.decl.partWidths].reverse()) {
      out |= (rest & maskOf(width)) << shift;
      rest >>= BigInt(width);
      shift += paddedBits(width);
    }
    return out;
  }

  private unpad(key: bigint): bigint {
    let out = 0n;
    let rest = key;
    let shift = 0n;
    for (const width of [...this.decl.partWidths].reverse()) {
      out |= (rest & maskOf(width)) << shift;
      rest >>= paddedBits(width);
      shift += BigInt(width);
    }
    return out;
  }
}

const paddedBits = (width: number): bigint => BigInt(Math.ceil(width / 8) * 8);

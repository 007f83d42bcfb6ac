import type { RegisterDecl } from '../ir/program.js';
import type { RegisterControl } from '../switch/control-plane.js';
import { checkIndex } from './counter-array.js';

/**
 * Cells of `words` 32-bit words each, most significant word first, in one typed array that generated code reads and
 * writes in place. Bits beyond the width stay zero: BMv2 registers are unsigned.
 */
export class RegisterArray implements RegisterControl {
  readonly name: string;
  readonly size: number;
  readonly width: number;
  readonly words: number;
  readonly cells: Uint32Array;

  constructor(decl: RegisterDecl) {
    this.name = decl.name;
    this.size = decl.size;
    this.width = decl.width;
    this.words = Math.ceil(decl.width / 32);
    this.cells = new Uint32Array(decl.size * this.words);
  }

  read(index: number): bigint {
    checkIndex('register', this.name, index, this.size);
    let value = 0n;
    for (let i = 0; i < this.words; i++) {
      value = (value << 32n) | BigInt(this.cells[index * this.words + i]!);
    }
    return value;
  }

  write(index: number, value: bigint): void {
    checkIndex('register', this.name, index, this.size);
    let rest = BigInt.asUintN(this.width, value);
    for (let i = this.words - 1; i >= 0; i--) {
      this.cells[index * this.words + i] = Number(rest & 0xffffffffn);
      rest >>= 32n;
    }
  }
}

import { candidates } from '../ir/expressions.js';
import type { Lvalue } from '../ir/primitives.js';
import type { Field, Header } from '../ir/program.js';

/** Neither in a union nor with a varbit field: validity and size are simple. */
export function isPlain(header: Header): boolean {
  return header.union === undefined && header.varbit === undefined;
}

export function targetField(target: Lvalue): Field | undefined {
  switch (target.kind) {
    case 'field':
      return target.field;
    case 'lastField':
      return target.stack.headers[0]!.fields[target.offset]!;
    case 'accessField':
      return candidates(target.header)[0]!.fields[target.offset]!;
    case 'register':
      return undefined;
  }
}

export function registerWidth(target: Lvalue): number {
  return target.kind === 'register' ? target.array.width : 0;
}

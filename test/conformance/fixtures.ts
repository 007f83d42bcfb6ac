import { readFileSync } from 'node:fs';
import { type Compiled, compile } from 'p4-compiler';

const FOLDER = new URL('./fixtures/', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, FOLDER), 'utf8');

/** Our programs that the real p4c has compiled: the quick start's, and the same fabric's with every feature off. */
export const PROGRAMS = ['quickstart', 'bare'] as const;
export type ProgramName = (typeof PROGRAMS)[number];

/** What the two compilers make of one source. */
export interface Pair {
  readonly p4c: { readonly p4info: string; readonly json: string };
  readonly ours: Required<Pick<Compiled, 'p4info' | 'bmv2'>>;
}

export function pairOf(name: ProgramName): Pair {
  const { p4info, bmv2, diagnostics } = compile({ path: `${name}.p4`, source: read(`${name}.p4`) });
  if (!p4info || !bmv2) throw new Error(`${name}.p4 does not compile: ${diagnostics[0]?.message}`);
  return {
    p4c: { p4info: read(`${name}.p4c.p4info.txtpb`), json: read(`${name}.p4c.json`) },
    ours: { p4info, bmv2 },
  };
}

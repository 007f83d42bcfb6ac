import { isFrom } from './directory.js';

/** What a grant is known by: the generation of its directory entry, and the number of the request in it. */
export interface Grant {
  readonly generation: number;
  readonly number: number;
}

/** Whether `a` comes after `b` (docs/coherence.md: both are serial numbers, and a new generation begins its numbers anew). */
export function isAfter(a: Grant, b: Grant): boolean {
  return a.generation === b.generation ? !isFrom(b.number, a.number) : !isFrom(b.generation, a.generation);
}

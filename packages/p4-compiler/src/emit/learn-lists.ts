import type { Type } from '../check/types.js';
import { controlPlaneName } from '../elaborate/index.js';

/** A learn list has the name that the digest has in P4Info: that of the type of its data. */
export function digestListName(type: Type | undefined): string {
  return type?.kind === 'struct' || type?.kind === 'header' ? controlPlaneName(type.decl) : 'digest';
}

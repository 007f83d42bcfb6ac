import type { Diagnostics } from '../diagnostics.js';
import { type ElaboratedProgram, type ExternInstance, NameGenerator } from '../elaborate/index.js';
import { sourceInfo } from '../lower/index.js';
import type { CoreAction, CoreTable, Expr } from '../normalise/index.js';
import type { Span } from '../syntax/source.js';
import type { JsonAction } from './bmv2-actions.js';
import type { JsonCalculation, JsonFieldList, JsonSourceInfo } from './bmv2-json.js';

/** The parts of the JSON that grow while others are written, and the counters of ids. */
export class EmitContext {
  readonly fieldLists: JsonFieldList[] = [];
  readonly learnLists: JsonFieldList[] = [];
  readonly calculations: JsonCalculation[] = [];
  readonly actions: JsonAction[] = [];
  readonly actionIds = new Map<CoreAction, number>();
  /** The table that each direct counter or meter is attached to. */
  readonly directTables = new Map<ExternInstance, CoreTable>();
  /** Where direct meters leave their colour. */
  readonly meterTargets = new Map<ExternInstance, Expr>();
  readonly names = new NameGenerator();
  readonly #next = new Map<string, number>([
    // The target reads 0 as "no field list", so these start at 1.
    ['field_lists', 1],
    ['learn_lists', 1],
  ]);

  constructor(
    readonly program: ElaboratedProgram,
    readonly diagnostics: Diagnostics,
  ) {}

  id(group: string): number {
    const id = this.#next.get(group) ?? 0;
    this.#next.set(group, id + 1);
    return id;
  }

  source(span: Span): JsonSourceInfo {
    return sourceInfo(span);
  }

  /** Reports what the target cannot do. */
  limit(message: string, span: Span): void {
    this.diagnostics.error('P4C507', message, span);
  }
}

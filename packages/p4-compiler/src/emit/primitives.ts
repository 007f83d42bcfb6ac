import { bitsOf } from '../lower/index.js';
import type { CoreAction, Expr, Label, Stmt } from '../normalise/index.js';
import type { Span } from '../syntax/source.js';
import type { JsonAction, JsonPrimitive } from './bmv2-actions.js';
import type { JsonValue } from './bmv2-values.js';
import type { EmitContext } from './context.js';
import { ExpressionWriter, hex } from './expressions.js';
import { type BlockKind, externPrimitive } from './externs.js';

/** The primitive that assigns a whole header, stack or union, or a field. */
export function assignOperation(left: Expr): string {
  switch (left.type.kind) {
    case 'varbit':
      return 'assign_VL';
    case 'headerUnion':
      return 'assign_union';
    case 'header':
      return 'assign_header';
    case 'headerStack':
      return left.type.element.kind === 'headerUnion' ? 'assign_union_stack' : 'assign_header_stack';
    default:
      return 'assign';
  }
}

/** A jump whose target is known only when all primitives are written. */
interface Jump {
  readonly at: number;
  readonly to: object;
}

/** Writes the body of an action as a list of primitives; branches become jumps to positions in it. */
class ActionWriter {
  readonly primitives: JsonPrimitive[] = [];
  readonly #expressions: ExpressionWriter;
  readonly #jumps: Jump[] = [];
  readonly #positions = new Map<object, number>();
  readonly #end = {};

  constructor(
    readonly context: EmitContext,
    readonly block: BlockKind,
  ) {
    this.#expressions = new ExpressionWriter(context);
  }

  write(body: readonly Stmt[]): JsonPrimitive[] {
    this.#body(body);
    this.#positions.set(this.#end, this.primitives.length);
    for (const { at, to } of this.#jumps) {
      const primitive = this.primitives[at]!;
      const target: JsonValue = { type: 'hexstr', value: hex(BigInt(this.#positions.get(to)!)) };
      this.primitives[at] = { ...primitive, parameters: [...primitive.parameters, target] };
    }
    return this.primitives;
  }

  #body(body: readonly Stmt[]): void {
    for (const statement of body) this.#statement(statement);
  }

  #push(op: string, parameters: readonly JsonValue[], span: Span): void {
    this.primitives.push({ op, parameters, source_info: this.context.source(span) });
  }

  #jump(to: object, span: Span, op = '_jump', parameters: readonly JsonValue[] = []): void {
    this.#jumps.push({ at: this.primitives.length, to });
    this.#push(op, parameters, span);
  }

  #statement(s: Stmt): void {
    const { span } = s;
    const expressions = this.#expressions;
    switch (s.kind) {
      case 'assign':
        this.#push(assignOperation(s.left), [expressions.target(s.left), expressions.wrapped(s.right)], span);
        break;
      case 'validity':
        this.#push(s.valid ? 'add_header' : 'remove_header', [expressions.parameter(s.header)], span);
        break;
      case 'shift':
        this.#push(
          s.op,
          [expressions.parameter(s.stack), { type: 'hexstr', value: hex(BigInt(s.count), 1) }],
          span,
        );
        break;
      case 'extern': {
        const primitive = externPrimitive(this.context, expressions, s, this.block);
        if (primitive) this.primitives.push(primitive);
        break;
      }
      case 'if':
        this.#conditional(s);
        break;
      case 'block':
        this.#body(s.body);
        this.#positions.set(s.label, this.primitives.length);
        break;
      case 'leave':
        this.#jump(s.label satisfies Label, span);
        break;
      case 'exit':
        this.#push('exit', [], span);
        this.#jump(this.#end, span);
        break;
      case 'apply':
        this.context.limit('a table cannot be applied from inside of an action', span);
        break;
    }
  }

  #conditional(s: Stmt & { kind: 'if' }): void {
    const otherwise = {};
    const end = {};
    const condition: JsonValue = {
      type: 'expression',
      value: {
        type: 'expression',
        value: { op: 'b2d', left: null, right: this.#expressions.operand(s.condition) },
      },
    };
    this.#jump(otherwise, s.span, '_jump_if_zero', [condition]);
    this.#body(s.yes);
    if (s.no.length > 0) this.#jump(end, s.span);
    this.#positions.set(otherwise, this.primitives.length);
    this.#body(s.no);
    this.#positions.set(end, this.primitives.length);
  }
}

/** Adds an action to the program, once; gives its id. */
export function emitAction(context: EmitContext, action: CoreAction, block: BlockKind): number {
  const known = context.actionIds.get(action);
  if (known !== undefined) return known;
  const runtimeData = action.params.map((param) => ({ name: param.name, bitwidth: bitsOf(param.type) }));
  const primitives = new ActionWriter(context, block).write(action.body);
  const id = context.id('actions');
  const json: JsonAction = { name: action.name, id, runtime_data: runtimeData, primitives };
  context.actions.push(json);
  context.actionIds.set(action, id);
  return id;
}

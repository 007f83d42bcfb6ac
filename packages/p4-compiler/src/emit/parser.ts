import { bitsOf, locate, type Masked, rangeToMasks } from '../lower/index.js';
import type { CoreCase, CoreParser, CoreState, Expr, Keyset, Stmt } from '../normalise/index.js';
import type { JsonPrimitive } from './bmv2-actions.js';
import type {
  JsonExtract,
  JsonParser,
  JsonParserOp,
  JsonParserValueSet,
  JsonParseState,
  JsonTransition,
} from './bmv2-parser.js';
import type { JsonValue } from './bmv2-values.js';
import type { EmitContext } from './context.js';
import { bytesFor, ExpressionWriter, hex } from './expressions.js';
import { externPrimitive } from './externs.js';
import { assignOperation } from './primitives.js';

/** State that a `select` without a matching case goes to: it sets the error NoMatch (P4_16 §13.6). */
const NO_MATCH = 'no_match';

export function parser(context: EmitContext, core: CoreParser): JsonParser {
  return new ParserWriter(context).write(core);
}

export function valueSets(context: EmitContext, core: CoreParser): JsonParserValueSet[] {
  return core.valueSets.map((set) => ({
    name: set.name,
    id: context.id('parse_vsets'),
    compressed_bitwidth: bitsOf(set.elementType),
    max_size: set.size,
  }));
}

class ParserWriter {
  readonly #write: ExpressionWriter;
  #needsNoMatch = false;

  constructor(readonly context: EmitContext) {
    this.#write = new ExpressionWriter(context);
  }

  write(core: CoreParser): JsonParser {
    const states = core.states.map((state) => this.#state(state));
    if (this.#needsNoMatch) states.push(this.#noMatch());
    return { name: 'parser', id: this.context.id('parser'), init_state: 'start', parse_states: states };
  }

  #state(state: CoreState): JsonParseState {
    const ops = state.body.flatMap((statement) => this.#op(statement));
    const { transition } = state;
    const base = { name: state.name, id: this.context.id('parse_states'), parser_ops: ops };
    if (transition.kind === 'goto') {
      return { ...base, transitions: [this.#default(transition.target)], transition_key: [] };
    }
    const transitions = transition.cases.flatMap((one) => this.#case(one, transition.keys));
    if (transitions.at(-1)?.type !== 'default') {
      this.#needsNoMatch = true;
      transitions.push(this.#default(NO_MATCH));
    }
    return { ...base, transitions, transition_key: transition.keys.map((key) => this.#key(key)) };
  }

  #noMatch(): JsonParseState {
    const { errors } = this.context.program.checked;
    const code = errors.map((name) => name.split('.').at(-1)).indexOf('NoMatch');
    return {
      name: NO_MATCH,
      id: this.context.id('parse_states'),
      parser_ops: [
        {
          op: 'verify',
          parameters: [
            { type: 'bool', value: false },
            { type: 'hexstr', value: hex(BigInt(Math.max(code, 0))) },
          ],
        },
      ],
      transitions: [this.#default('accept')],
      transition_key: [],
    };
  }

  #key(key: Expr): JsonValue {
    const place = key.kind === 'cast' ? key.operand : key;
    const location = locate(place);
    if (location?.kind === 'elementField' && location.at === 'last') {
      return { type: 'stack_field', value: [location.stack, location.field] };
    }
    return this.#write.parameter(place);
  }

  #default(target: string): JsonTransition {
    return { type: 'default', value: null, mask: null, next_state: nextState(target) };
  }

  #case(one: CoreCase, keys: readonly Expr[]): JsonTransition[] {
    const set = one.keysets.find((keyset) => keyset.kind === 'valueSet');
    if (set?.kind === 'valueSet') {
      if (one.keysets.length > 1) {
        this.context.limit('a value set must stand for the whole key of a select on this target', one.span);
      }
      return [{ type: 'parse_vset', value: set.set.name, mask: null, next_state: nextState(one.target) }];
    }
    const widths = keys.map((key) => bitsOf(key.type));
    const bytes = widths.reduce((sum, width) => sum + bytesFor(width), 0);
    return combinations(one.keysets.map((keyset, i) => alternatives(keyset, widths[i]!))).map((choice) => {
      const whole = concatenated(choice, widths);
      if (whole.mask === 0n) return this.#default(one.target);
      const exact = choice.every(({ mask }, i) => mask === ones(widths[i]!));
      return {
        type: 'hexstr',
        value: hex(whole.value, bytes),
        mask: exact ? null : hex(whole.mask, bytes),
        next_state: nextState(one.target),
      };
    });
  }

  #op(s: Stmt): JsonParserOp[] {
    const write = this.#write;
    switch (s.kind) {
      case 'assign': {
        const op = assignOperation(s.left);
        const parameters = [write.target(s.left), write.wrapped(s.right)];
        // Fields are `set`, which can read ahead in the packet; whole headers are assigned as actions do.
        return op === 'assign' || op === 'assign_VL'
          ? [{ op: 'set', parameters }]
          : [primitive({ op, parameters })];
      }
      case 'validity':
        return [
          primitive({
            op: s.valid ? 'add_header' : 'remove_header',
            parameters: [write.parameter(s.header)],
          }),
        ];
      case 'shift':
        return [
          primitive({
            op: s.op,
            parameters: [write.parameter(s.stack), { type: 'hexstr', value: hex(BigInt(s.count), 1) }],
          }),
        ];
      case 'extern':
        return this.#extern(s);
      default:
        this.context.limit('this statement cannot stand in a parser on this target', s.span);
        return [];
    }
  }

  #extern(s: Stmt & { kind: 'extern' }): JsonParserOp[] {
    const write = this.#write;
    const [first, second] = s.args;
    switch (s.name) {
      case 'packet_in.extract':
        if (!first) return [];
        if (!second) return [{ op: 'extract', parameters: [this.#extracted(first)] }];
        return [
          {
            op: 'extract_VL',
            parameters: [
              this.#extracted(first),
              { type: 'expression', value: write.operand(second) as never },
            ],
          },
        ];
      case 'packet_in.advance':
        return first ? [{ op: 'advance', parameters: [write.wrapped(first)] }] : [];
      case 'verify':
        return first && second
          ? [{ op: 'verify', parameters: [write.condition(first), write.parameter(second)] }]
          : [];
      default: {
        const made = externPrimitive(this.context, write, s, 'parser');
        return made ? [primitive(made)] : [];
      }
    }
  }

  #extracted(header: Expr): JsonExtract {
    const location = locate(header);
    if (location?.kind === 'header') return { type: 'regular', value: location.name };
    if (location?.kind === 'element' && location.at === 'next')
      return { type: 'stack', value: location.stack };
    if (header.kind === 'member' && header.target.kind === 'stack' && header.target.which === 'next') {
      const stack = locate(header.target.target);
      if (stack?.kind === 'stack') return { type: 'union_stack', value: [stack.name, header.field] };
    }
    this.context.limit('this header cannot be extracted into on this target', header.span);
    return { type: 'regular', value: '' };
  }
}

function primitive(made: JsonPrimitive): JsonParserOp {
  return { op: 'primitive', parameters: [made] };
}

/** BMv2 has no reject: a parser that ends in it goes on to the ingress control, with its error if there was one. */
function nextState(target: string): string | null {
  return target === 'accept' || target === 'reject' ? null : target;
}

function ones(width: number): bigint {
  return (1n << BigInt(width)) - 1n;
}

function alternatives(keyset: Keyset, width: number): readonly Masked[] {
  switch (keyset.kind) {
    case 'value':
      return [{ value: keyset.value, mask: ones(width) }];
    case 'mask':
      return [{ value: keyset.value, mask: keyset.mask }];
    case 'range':
      return rangeToMasks(keyset.lo, keyset.hi, width);
    default:
      return [{ value: 0n, mask: 0n }];
  }
}

function combinations(choices: readonly (readonly Masked[])[]): readonly (readonly Masked[])[] {
  return choices.reduce<readonly (readonly Masked[])[]>(
    (all, choice) => all.flatMap((chosen) => choice.map((one) => [...chosen, one])),
    [[]],
  );
}

/** The keys one after another, each in whole bytes. */
function concatenated(parts: readonly Masked[], widths: readonly number[]): Masked {
  return parts.reduce(
    (whole, part, i) => {
      const bits = BigInt(8 * bytesFor(widths[i]!));
      return { value: (whole.value << bits) | part.value, mask: (whole.mask << bits) | part.mask };
    },
    { value: 0n, mask: 0n },
  );
}

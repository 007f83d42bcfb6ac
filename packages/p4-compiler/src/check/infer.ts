import type * as ast from '../syntax/ast.js';
import type { Context } from './context.js';
import { alignParameters, signatureOf } from './signatures.js';
import { isStructLike, isUnknown } from './type-ops.js';
import type { Type } from './types.js';

/** Type parameters to find, and what is known of them. */
export class Inference {
  readonly bindings = new Map<ast.TypeParameter, Type>();
  readonly #wanted: ReadonlySet<ast.TypeParameter>;
  readonly #context: Context;

  constructor(context: Context, wanted: Iterable<ast.TypeParameter>) {
    this.#context = context;
    this.#wanted = new Set(wanted);
  }

  get unresolved(): ast.TypeParameter[] {
    return [...this.#wanted].filter((param) => !this.bindings.has(param));
  }

  /**
   * Learns from an argument of type `arg` for a parameter of type `param`. Whether they fit is not asked here: what
   * does not is reported when the argument is checked against the parameter's substituted type.
   */
  learn(param: Type, arg: Type): void {
    if (param.kind === 'typeVariable') {
      if (this.#wanted.has(param.decl)) this.#bind(param.decl, arg);
      return;
    }
    if (isUnknown(arg)) return;
    switch (param.kind) {
      case 'struct':
      case 'header':
      case 'headerUnion':
        if (arg.kind === param.kind && arg.decl === param.decl) this.#learnAll(param.typeArgs, arg.typeArgs);
        else if (arg.kind === 'tuple') {
          this.#learnAll(
            param.fields.map((f) => f.type),
            arg.elements,
          );
        } else if (arg.kind === 'structLiteral') {
          for (const field of arg.fields) {
            const target = param.fields.find((f) => f.name === field.name);
            if (target !== undefined) this.learn(target.type, field.type);
          }
        }
        return;
      case 'extern':
      case 'package':
        if (arg.kind === param.kind && arg.decl === param.decl) this.#learnAll(param.typeArgs, arg.typeArgs);
        return;
      case 'headerStack':
        if (arg.kind === 'headerStack') this.learn(param.element, arg.element);
        return;
      case 'tuple':
        if (arg.kind === 'tuple') this.#learnAll(param.elements, arg.elements);
        else if (isStructLike(arg)) {
          this.#learnAll(
            param.elements,
            arg.fields.map((f) => f.type),
          );
        }
        return;
      case 'list':
        if (arg.kind === 'list') this.learn(param.element, arg.element);
        else if (arg.kind === 'tuple') for (const element of arg.elements) this.learn(param.element, element);
        return;
      case 'set':
        this.learn(param.element, arg.kind === 'set' ? arg.element : arg);
        return;
      case 'parser':
      case 'control':
        if (arg.kind === param.kind) {
          const wanted = signatureOf(this.#context, param);
          for (const [want, have] of alignParameters(wanted, signatureOf(this.#context, arg)) ?? []) {
            this.learn(want.type, have.type);
          }
        }
        return;
      default:
        return;
    }
  }

  #learnAll(params: readonly Type[], args: readonly Type[]): void {
    params.forEach((param, i) => {
      const arg = args[i];
      if (arg !== undefined) this.learn(param, arg);
    });
  }

  #bind(param: ast.TypeParameter, arg: Type): void {
    const known = this.bindings.get(param);
    // A width that is known wins over a literal's `int`, which fits into it.
    if (
      known === undefined ||
      (isUnknown(known) && !isUnknown(arg)) ||
      (known.kind === 'int' && arg.kind !== 'int')
    ) {
      this.bindings.set(param, arg);
    }
  }
}

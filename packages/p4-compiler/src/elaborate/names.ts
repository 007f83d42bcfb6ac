import type * as ast from '../syntax/ast.js';

/**
 * Names that the control plane sees (P4_16 §18.3.2): `@name("x")` replaces an object's own name, a leading dot makes
 * it absolute, and everything else is prefixed with the path of the block instance that contains it.
 */
interface Named {
  readonly name: ast.Identifier;
  readonly annotations: readonly ast.Annotation[];
}

export function findAnnotation(
  annotations: readonly ast.Annotation[],
  name: string,
): ast.Annotation | undefined {
  return annotations.find((annotation) => annotation.name === name);
}

/** The string in `@annotation("...")`. */
export function annotationText(annotation: ast.Annotation | undefined): string | undefined {
  const first = annotation?.args?.[0];
  return first?.kind === 'StringLiteral' ? first.value : undefined;
}

export function annotationNumber(annotation: ast.Annotation | undefined): number | undefined {
  const first = annotation?.args?.[0];
  return first?.kind === 'NumberLiteral' ? Number(first.value) : undefined;
}

/** The name given by `@name`, or the declared one; a leading dot is kept. */
export function externalName(decl: Named): string {
  return annotationText(findAnnotation(decl.annotations, 'name')) ?? decl.name.text;
}

/** A declared type's or field's name in the control plane: without the dot that makes a name absolute. */
export function controlPlaneName(decl: Named): string {
  return undotted(externalName(decl));
}

/** A field's name in the control plane: `@name`, or its own. */
export function fieldControlPlaneName(field: {
  readonly name: string;
  readonly annotations: readonly ast.Annotation[];
}): string {
  return undotted(annotationText(findAnnotation(field.annotations, 'name')) ?? field.name);
}

export function undotted(name: string): string {
  return name.startsWith('.') ? name.slice(1) : name;
}

export function qualify(prefix: string, name: string): string {
  return name.startsWith('.') ? name.slice(1) : prefix === '' ? name : `${prefix}.${name}`;
}

export function isHidden(annotations: readonly ast.Annotation[]): boolean {
  return findAnnotation(annotations, 'hidden') !== undefined;
}

/** Hands out names that were not used before: `base`, then `base_0`, `base_1`, ... */
export class NameGenerator {
  readonly #used: Set<string>;
  constructor(used: Iterable<string> = []) {
    this.#used = new Set(used);
  }
  fresh(base: string): string {
    let name = base;
    for (let index = 0; this.#used.has(name); index++) name = `${base}_${index}`;
    this.#used.add(name);
    return name;
  }
}

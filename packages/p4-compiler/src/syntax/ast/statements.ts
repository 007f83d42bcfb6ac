import type { Span } from '../source.js';
import type { ConstantDeclaration, InstanceDeclaration, VariableDeclaration } from './declarations.js';
import type { BinaryOperator, CallExpression, Expression } from './expressions.js';
import type { Annotation, Node } from './node.js';

// Statements (P4_16 §12).

export type Statement =
  | BlockStatement
  | EmptyStatement
  | AssignmentStatement
  | CallStatement
  | IfStatement
  | SwitchStatement
  | ReturnStatement
  | ExitStatement
  | BreakStatement
  | ContinueStatement
  | ForStatement
  | ForInStatement
  | DeclarationStatement;

export interface BlockStatement extends Node {
  readonly kind: 'BlockStatement';
  readonly annotations: readonly Annotation[];
  readonly statements: readonly Statement[];
}
export interface EmptyStatement extends Node {
  readonly kind: 'EmptyStatement';
}
/** `left = right`, or `left op= right` with `op` set. */
export interface AssignmentStatement extends Node {
  readonly kind: 'AssignmentStatement';
  readonly left: Expression;
  readonly right: Expression;
  readonly op?: BinaryOperator;
}
export interface CallStatement extends Node {
  readonly kind: 'CallStatement';
  readonly call: CallExpression;
}
export interface IfStatement extends Node {
  readonly kind: 'IfStatement';
  readonly condition: Expression;
  readonly then: Statement;
  readonly else?: Statement;
}
export interface SwitchStatement extends Node {
  readonly kind: 'SwitchStatement';
  readonly selector: Expression;
  readonly cases: readonly SwitchCase[];
}
export interface SwitchCase {
  readonly span: Span;
  /** DefaultExpression for `default`. */
  readonly label: Expression;
  /** Absent when the case falls through to the next one. */
  readonly body?: BlockStatement;
}
export interface ReturnStatement extends Node {
  readonly kind: 'ReturnStatement';
  readonly value?: Expression;
}
export interface ExitStatement extends Node {
  readonly kind: 'ExitStatement';
}
export interface BreakStatement extends Node {
  readonly kind: 'BreakStatement';
}
export interface ContinueStatement extends Node {
  readonly kind: 'ContinueStatement';
}
export interface ForStatement extends Node {
  readonly kind: 'ForStatement';
  readonly init: readonly Statement[];
  readonly condition: Expression;
  readonly update: readonly Statement[];
  readonly body: Statement;
}
export interface ForInStatement extends Node {
  readonly kind: 'ForInStatement';
  readonly variable: VariableDeclaration;
  readonly collection: Expression;
  readonly body: Statement;
}
export interface DeclarationStatement extends Node {
  readonly kind: 'DeclarationStatement';
  readonly declaration: VariableDeclaration | ConstantDeclaration | InstanceDeclaration;
}

import type { Init, p4 } from 'p4runtime-js';
import { annotationText, findAnnotation } from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';

type Structured = Init<p4.config.v1.StructuredAnnotation>;

/** The annotation fields that most P4Info messages share. */
export interface AnnotationFields {
  readonly annotations: string[];
  readonly structuredAnnotations: Structured[];
}

/** Said elsewhere in P4Info, so not repeated among the annotations. */
const SAID_ELSEWHERE: ReadonlySet<string> = new Set(['name', 'id', 'brief', 'description']);

/** What P4Info keeps of the annotations of an object; `skip` names more that are said elsewhere. */
export function annotationFields(
  annotations: readonly ast.Annotation[],
  skip: readonly string[] = [],
): AnnotationFields {
  const fields: AnnotationFields = { annotations: [], structuredAnnotations: [] };
  for (const annotation of annotations) {
    if (annotation.structured) fields.structuredAnnotations.push(structured(annotation));
    else if (!SAID_ELSEWHERE.has(annotation.name) && !skip.includes(annotation.name)) {
      fields.annotations.push(annotationSource(annotation));
    }
  }
  return fields;
}

/** `@brief` and `@description`, or null where there is neither. */
export function documentation(
  annotations: readonly ast.Annotation[],
): Init<p4.config.v1.Documentation> | null {
  const brief = annotationText(findAnnotation(annotations, 'brief'));
  const description = annotationText(findAnnotation(annotations, 'description'));
  if (brief === undefined && description === undefined) return null;
  return { brief: brief ?? '', description: description ?? '' };
}

/** Annotations whose arguments are known to be expressions; the arguments of others are only tokens. */
const WITH_EXPRESSIONS: ReadonlySet<string> = new Set([
  'name',
  'deprecated',
  'noWarn',
  'length',
  'field_list',
  'match',
  'controller_header',
  'max_group_size',
  'selector_size_semantics',
  'max_member_weight',
  'p4runtime_translation',
]);

/** The annotation as P4 text: expressions separated by commas, bodies that are only tokens separated by blanks. */
export function annotationSource(annotation: ast.Annotation): string {
  const body = annotation.body ?? '';
  if (annotation.args === undefined && body.trim() === '') return `@${annotation.name}`;
  if (annotation.args && WITH_EXPRESSIONS.has(annotation.name)) {
    if (annotation.args.length === 0) return `@${annotation.name}`;
    return `@${annotation.name}(${annotation.args.map(expressionSource).join(', ')})`;
  }
  const text = annotation.body ?? annotation.args?.map(expressionSource).join(',') ?? '';
  const tokens = tokensOf(text);
  return tokens.length === 0 ? `@${annotation.name}` : `@${annotation.name}(${tokens.join(' ')})`;
}

function expressionSource(expression: ast.Expression): string {
  if (expression.kind === 'StringLiteral') return JSON.stringify(expression.value);
  const { file, start, end } = expression.span;
  return file.text.slice(start, end);
}

const TOKEN =
  /"(?:\\.|[^"\\])*"|[A-Za-z_$][\w$]*|\d\w*|&&&|\.\.\.|<<=|>>=|\|[+-]\||&&|\|\||==|!=|<=|>=|<<|>>|\+\+|\.\.|\S/g;

function tokensOf(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

function structured(annotation: ast.Annotation): Structured {
  const { name } = annotation;
  const body = annotation.structured;
  if (body?.pairs) {
    return {
      name,
      kvPairList: { kvPairs: body.pairs.map(({ key, value }) => ({ key, value: literal(value) })) },
    };
  }
  if (!body?.list || body.list.length === 0) return { name };
  return { name, expressionList: { expressions: body.list.map(literal) } };
}

function literal(expression: ast.Expression): Init<p4.config.v1.Expression> {
  switch (expression.kind) {
    case 'StringLiteral':
      return { stringValue: expression.value };
    case 'BooleanLiteral':
      return { boolValue: expression.value };
    case 'NumberLiteral':
      return { int64Value: expression.value };
    case 'UnaryExpression':
      return expression.op === '-' && expression.operand.kind === 'NumberLiteral'
        ? { int64Value: -expression.operand.value }
        : { stringValue: expressionSource(expression) };
    default:
      return { stringValue: expressionSource(expression) };
  }
}

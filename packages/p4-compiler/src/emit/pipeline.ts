import type { ExternInstance } from '../elaborate/index.js';
import { buildGraph, type GraphNode } from '../lower/index.js';
import type { CoreControl, CoreTable } from '../normalise/index.js';
import { propertyExtern } from '../p4info/index.js';
import type { JsonActionProfile, JsonConditional, JsonPipeline, JsonTable } from './bmv2-pipeline.js';
import { algorithmName } from './calculations.js';
import type { EmitContext } from './context.js';
import { ExpressionWriter } from './expressions.js';
import { codeTable, nodeName, tableJson } from './tables.js';

/** Ingress or egress: the graph of its tables, conditions and the code between them. */
export function pipeline(
  context: EmitContext,
  control: CoreControl,
  name: 'ingress' | 'egress',
): JsonPipeline {
  const graph = buildGraph(control, context.names, context.diagnostics);
  const tables: JsonTable[] = [];
  const conditionals: JsonConditional[] = [];
  const write = new ExpressionWriter(context);
  for (const node of graph.nodes) {
    if (node.kind === 'code') tables.push(codeTable(context, node, name));
    else if (node.kind === 'table') tables.push(tableJson(context, node, name));
    else conditionals.push(conditional(context, write, node));
  }
  return {
    name,
    id: context.id('pipelines'),
    source_info: context.source(control.span),
    init_table: nodeName(graph.start),
    tables,
    action_profiles: actionProfiles(context, control),
    conditionals,
  };
}

function conditional(
  context: EmitContext,
  write: ExpressionWriter,
  node: GraphNode & { kind: 'condition' },
): JsonConditional {
  return {
    name: node.name,
    id: context.id('conditionals'),
    source_info: context.source(node.condition.span),
    expression: write.condition(node.condition),
    true_next: nodeName(node.yes),
    false_next: nodeName(node.no),
  };
}

/** The profiles of the control's tables; what a selector hashes is said by its tables' `selector` keys. */
function actionProfiles(context: EmitContext, control: CoreControl): JsonActionProfile[] {
  const { property } = context.program.architecture.actionProfile;
  const users = new Map<ExternInstance, CoreTable[]>();
  for (const table of control.tables) {
    const profile = propertyExtern(context, table.instance, property);
    if (profile) users.set(profile, [...(users.get(profile) ?? []), table]);
  }
  return [...users].map(([profile, tables]) => {
    const size = profile.args.get('size');
    const number =
      size?.kind === 'constant' && size.constant.kind === 'int' ? Number(size.constant.value) : 0;
    return {
      name: profile.name,
      id: context.id('action_profiles'),
      source_info: context.source(profile.span),
      max_size: number,
      ...selector(context, profile, tables),
    };
  });
}

function selector(
  context: EmitContext,
  profile: ExternInstance,
  tables: readonly CoreTable[],
): Pick<JsonActionProfile, 'selector'> {
  if (profile.decl.name.text !== context.program.architecture.actionProfile.selector) return {};
  const algorithm = profile.args.get('algorithm');
  const name =
    algorithm?.kind === 'constant' && algorithm.constant.kind === 'name' ? algorithm.constant.value : '';
  const write = new ExpressionWriter(context);
  const inputs = tables.map((table) =>
    table.keys.filter((key) => key.matchKind === 'selector').map((key) => write.parameter(key.expression)),
  );
  const [first, ...others] = inputs.map((input) => JSON.stringify(input));
  if (others.some((other) => other !== first)) {
    context.limit(
      `the tables that share the selector ${profile.name} have different selector keys`,
      profile.span,
    );
  }
  const { span } = profile;
  const algo = algorithmName(context, { kind: 'const', value: 0n, name, type: { kind: 'bool' }, span });
  return { selector: { algo, input: inputs[0] ?? [] } };
}

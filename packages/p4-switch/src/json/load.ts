import { P4SwitchError } from '../errors.js';
import { HASH_ALGORITHMS } from '../externs/hash.js';
import type { Field, Program, TableDecl } from '../ir/program.js';
import { LoadContext } from './context.js';
import { loadArrays, loadCalculations, loadChecksums, loadFieldLists, loadLearnLists } from './externs.js';
import { loadHeaders } from './headers.js';
import { JsonNode } from './node.js';
import { loadDeparser, loadErrors, loadParser, loadValueSets } from './parser.js';
import { loadPipeline } from './pipelines.js';
import { loadActions } from './primitives.js';

/** Fields that the architecture must have (SimpleSwitch::SimpleSwitch, add_required_field). */
const REQUIRED = ['ingress_port', 'packet_length', 'instance_type', 'egress_spec', 'egress_port'].map(
  (name) => `standard_metadata.${name}`,
);

const INTRINSIC = [
  ...REQUIRED,
  'standard_metadata.parser_error',
  'standard_metadata.checksum_error',
  'intrinsic_metadata.ingress_global_timestamp',
  'intrinsic_metadata.egress_global_timestamp',
  'intrinsic_metadata.mcast_grp',
  'intrinsic_metadata.egress_rid',
  'intrinsic_metadata.priority',
  'queueing_metadata.enq_timestamp',
  'queueing_metadata.enq_qdepth',
  'queueing_metadata.deq_timedelta',
  'queueing_metadata.deq_qdepth',
  'queueing_metadata.qid',
] as const;

/**
 * Read a BMv2 JSON document (format 2.x, docs/JSON_format.md of behavioral-model), as text or parsed, into the IR.
 * @throws P4SwitchError BAD_PIPELINE or UNSUPPORTED_PIPELINE, which names the place in the document.
 */
export function loadProgram(document: string | Uint8Array | object): Program {
  const root = new JsonNode(parse(document));
  checkVersion(root);
  const context = new LoadContext();
  loadHeaders(context, root);
  loadErrors(context, root);
  loadValueSets(context, root);
  loadCalculations(context, root, HASH_ALGORITHMS);
  loadArrays(context, root);
  const parser = loadParser(context, root);
  const deparser = loadDeparser(context, root);
  loadActions(context, root);
  const tables: TableDecl[] = [];
  const ingress = loadPipeline(context, root, 'ingress', tables, HASH_ALGORITHMS);
  const egress = loadPipeline(context, root, 'egress', tables, HASH_ALGORITHMS);
  return {
    name: root.find('program')?.string() ?? '',
    headers: context.headers.values(),
    fields: context.fields,
    stacks: context.stacks.values(),
    unions: context.unions.values(),
    unionStacks: context.unionStacks.values(),
    errors: context.errors,
    enums: loadEnums(root),
    parser,
    valueSets: context.valueSets.values(),
    deparser,
    calculations: context.calculations.values(),
    checksums: loadChecksums(context, root),
    counters: context.counters.values(),
    meters: context.meters.values(),
    registers: context.registers.values(),
    actions: context.actions,
    tables,
    profiles: context.profiles.values(),
    ingress,
    egress,
    learnLists: loadLearnLists(context, root),
    fieldLists: loadFieldLists(context, root),
    intrinsic: intrinsicFields(context, root),
    mentioned: mentionedFields(context, root.value),
  };
}

function parse(document: string | Uint8Array | object): unknown {
  if (typeof document === 'object' && !(document instanceof Uint8Array)) return document;
  const text = typeof document === 'string' ? document : new TextDecoder().decode(document);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new P4SwitchError('BAD_PIPELINE', `the BMv2 JSON is no JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function checkVersion(root: JsonNode): void {
  const version = root.find('__meta__')?.find('version');
  if (!version) return; // BMv2 takes documents without one, too
  const [major] = version.tuple(2) as [JsonNode, JsonNode];
  if (major.integer() !== 2) {
    major.unsupported(
      `format ${version
        .array()
        .map((part) => part.value)
        .join('.')} is not 2.x`,
    );
  }
}

function loadEnums(root: JsonNode): Map<string, Map<string, number>> {
  return new Map(
    root.list('enums').map((node) => [
      node.get('name').string(),
      new Map(
        node
          .get('entries')
          .array()
          .map((entry) => [entry.at(0).string(), entry.at(1).integer(-0x80000000, 0xffffffff)] as const),
      ),
    ]),
  );
}

function intrinsicFields(context: LoadContext, root: JsonNode): Map<string, Field> {
  const fields = new Map<string, Field>();
  for (const name of INTRINSIC) {
    const field = context.intrinsic(name);
    if (field && field.width > 64) root.fail(`field ${name} is wider than 64 bits`);
    if (field) fields.set(name, field);
    else if (REQUIRED.includes(name)) root.fail(`the v1model field ${name} is missing`);
  }
  return fields;
}

/** Sections that declare fields instead of using them. */
const DECLARATIONS = new Set([
  'header_types',
  'headers',
  'header_stacks',
  'field_aliases',
  'enums',
  'errors',
]);

/** Every pair of strings that names a field, and every field of a header that is mentioned as a whole. */
function mentionedFields(context: LoadContext, document: unknown): Set<Field> {
  const found = new Set<Field>();
  const pending: unknown[] = [];
  for (const [key, section] of Object.entries(document as object)) {
    if (!DECLARATIONS.has(key)) pending.push(section);
  }
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    if (Array.isArray(value)) {
      const [header, name] = value as unknown[];
      if (value.length === 2 && typeof header === 'string' && typeof name === 'string') {
        const field = context.headers.find(header)?.fields.find((candidate) => candidate.name === name);
        if (field) found.add(field);
      }
      for (const item of value) pending.push(item);
      continue;
    }
    const object = value as Record<string, unknown>;
    // It is handed all of standard_metadata and writes two fields that are kept up to date anyway.
    if (object.op === 'mark_to_drop') continue;
    if (object.type === 'header' && typeof object.value === 'string') {
      for (const field of context.headers.find(object.value)?.fields ?? []) found.add(field);
    }
    for (const item of Object.values(object)) pending.push(item);
  }
  return found;
}

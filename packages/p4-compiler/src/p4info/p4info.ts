import { type Init, P4Info } from 'p4runtime-js';
import type { StructType } from '../check/types.js';
import type { Diagnostics } from '../diagnostics.js';
import {
  controlPlaneName,
  type ElaboratedProgram,
  type ExternInstance,
  type Reach,
  reach,
  type TableInstance,
} from '../elaborate/index.js';
import type * as ast from '../syntax/ast.js';
import { describeAction } from './actions.js';
import { type Context, Prefix, wantedId } from './context.js';
import { addDigest, digestName } from './digests.js';
import { addExtern, externPrefix, type P4InfoLists, profileOf } from './externs.js';
import { compareNames } from './ids.js';
import { describePackage } from './package.js';
import { controllerHeaders, describePacketMetadata } from './packet-metadata.js';
import { addTableResources, propertyExtern } from './resources.js';
import { Symbols } from './symbols.js';
import { describeTable } from './tables.js';
import { TypeInfo } from './type-spec.js';
import { describeValueSet } from './value-sets.js';

/** The control plane's view of a program (P4Runtime §6), by the rules that p4c follows, so that ids agree. */
export function p4info(program: ElaboratedProgram, diagnostics: Diagnostics): P4Info {
  const reached = reach(program);
  const symbols = new Symbols(diagnostics);
  const types = new TypeInfo(program.checked.errors, diagnostics);
  const context: Context = { program, reached, symbols, types, diagnostics };
  collect(context);
  symbols.assign();
  const info = lists(context);
  describeBlocks(context, info);
  const typeInfo = types.message();
  const message: Init<P4Info> = { ...messageLists(info), pkgInfo: describePackage(context), typeInfo };
  return P4Info.from(message);
}

function objectsOf(reached: Reach): readonly (ExternInstance | TableInstance)[] {
  return [...reached.globals, ...reached.blocks.flatMap((block) => block.objects)];
}

/** Names everything before any id is given, as ids and aliases depend on the whole. */
function collect(context: Context): void {
  const { program, reached, symbols } = context;
  for (const { actions, externCalls, valueSets } of reached.blocks) {
    for (const { action } of actions) {
      const { decl, name } = action;
      symbols.add(Prefix.ACTION, name, wantedId(decl.annotations), decl.span);
    }
    for (const { call, block } of externCalls) {
      const name = digestName(context, call, block.scope);
      if (name !== undefined) symbols.add(Prefix.DIGEST, name);
    }
    for (const { decl, name } of valueSets) {
      symbols.add(Prefix.VALUE_SET, name, wantedId(decl.annotations), decl.span);
    }
  }
  for (const object of objectsOf(reached)) {
    const { annotations, span } = object.kind === 'table' ? object.decl : object;
    const prefix = object.kind === 'table' ? Prefix.TABLE : externPrefix(context, object.decl.name.text);
    const goesByAnother = object.kind === 'extern' && profileOf(object) !== object;
    if (prefix !== undefined && !goesByAnother) {
      symbols.add(prefix, object.name, wantedId(annotations), span);
    }
    if (object.kind !== 'table') continue;
    for (const extern of object.inPlace.values()) {
      const kind = externPrefix(context, extern.decl.name.text);
      if (kind !== undefined) symbols.add(kind, extern.name);
    }
  }
  for (const decl of controllerHeaders(program.checked.program.declarations)) {
    symbols.add(Prefix.CONTROLLER_HEADER, controlPlaneName(decl), wantedId(decl.annotations), decl.span);
  }
}

function describeBlocks(context: Context, info: P4InfoLists): void {
  const { program, reached } = context;
  const seen = new Set<string>();
  for (const { block: root, actions, externCalls, valueSets } of reached.blocks) {
    const isParser = root.decl.kind === 'ParserDeclaration';
    for (const { action, calledOnly } of actions) {
      if (seen.has(action.name)) continue;
      seen.add(action.name);
      const scope = action.block?.scope ?? program.scope;
      const described = describeAction(context, action, calledOnly ? [] : action.decl.params, scope);
      if (described) info.actions.push(described);
    }
    for (const { call, block } of isParser ? [] : externCalls) addDigest(context, info, call, block.scope);
    for (const valueSet of valueSets) info.valueSets.push(describeValueSet(context, valueSet));
  }
  for (const object of objectsOf(reached)) {
    if (object.kind === 'extern') addExtern(context, info, object);
    else if (!object.decl.annotations.some((annotation) => annotation.name === 'hidden')) {
      const table = describeTable(context, object);
      info.tables.push({ ...table, ...addTableResources(context, info, object) });
    }
  }
  for (const decl of controllerHeaders(program.checked.program.declarations)) {
    const described = describePacketMetadata(context, decl, headerType(decl, context));
    if (described) info.controllerPacketMetadata.push(described);
  }
  reportDuplicates(context, info);
}

function headerType(decl: ast.HeaderDeclaration, context: Context): StructType {
  const { checked } = context.program;
  const fields = decl.fields.map((field) => ({
    name: field.name.text,
    type: checked.typeOfNode(field.type),
    annotations: field.annotations,
  }));
  return { kind: 'header', name: decl.name.text, decl, typeArgs: [], fields };
}

function lists(context: Context): P4InfoLists {
  const profiles = new Map<string, Set<string>>();
  const selectors = new Map<string, ExternInstance>();
  const { property } = context.program.architecture.actionProfile;
  for (const object of objectsOf(context.reached)) {
    if (object.kind !== 'table') continue;
    const extern = propertyExtern(context, object, property);
    if (!extern) continue;
    const profile = profileOf(extern);
    if (profile !== extern) selectors.set(profile.name, extern);
    const tables = profiles.get(profile.name) ?? new Set();
    profiles.set(profile.name, tables.add(object.name));
  }
  return {
    tables: [],
    actions: [],
    actionProfiles: [],
    counters: [],
    directCounters: [],
    meters: [],
    directMeters: [],
    controllerPacketMetadata: [],
    valueSets: [],
    registers: [],
    digests: [],
    profileTables: (profile) => [...(profiles.get(profile) ?? [])].sort(compareNames),
    selectorOf: (profile) => selectors.get(profile),
  };
}

function messageLists(info: P4InfoLists): Init<P4Info> {
  const { profileTables: _, selectorOf: __, ...messages } = info;
  return messages;
}

function reportDuplicates(context: Context, info: P4InfoLists): void {
  for (const [kind, list] of Object.entries(messageLists(info))) {
    const names = new Set<string>();
    for (const { preamble } of list as readonly { preamble?: { name?: string | null } | null }[]) {
      const name = preamble?.name ?? '';
      if (names.has(name)) {
        context.diagnostics.error(
          'P4C417',
          `more than one of the ${kind} is named ${name} for the control plane`,
        );
      }
      names.add(name);
    }
  }
}

import type { ExternInstance, TableInstance } from '../elaborate/index.js';
import { type Context, Prefix, preamble } from './context.js';
import {
  addActionProfile,
  counterSpec,
  externPrefix,
  meterSpec,
  type P4InfoLists,
  profileOf,
} from './externs.js';
import { findProperty } from './tables.js';

/** The extern that a table's property names or constructs. */
export function propertyExtern(
  context: Pick<Context, 'program'>,
  table: TableInstance,
  name: string,
): ExternInstance | undefined {
  const inPlace = table.inPlace.get(name);
  if (inPlace) return inPlace;
  const property = findProperty(table, name);
  if (property?.value.kind !== 'PathExpression') return undefined;
  const decl = context.program.checked.declarationOf(property.value);
  const value = decl && table.block.scope.values.get(decl);
  return value?.kind === 'instance' && value.instance.kind === 'extern' ? value.instance : undefined;
}

export interface TableResources {
  readonly implementationId: number;
  readonly directResourceIds: number[];
}

/** Adds what the architecture attaches to a table: its action profile, direct counter and direct meter. */
export function addTableResources(context: Context, info: P4InfoLists, table: TableInstance): TableResources {
  const { counter, meter, actionProfile } = context.program.architecture;
  const directTableId = context.symbols.id(Prefix.TABLE, table.name);
  const directResourceIds: number[] = [];
  let implementationId = 0;
  const profile = resource(context, table, actionProfile.property, Prefix.ACTION_PROFILE);
  if (profile) {
    implementationId = context.symbols.id(Prefix.ACTION_PROFILE, profileOf(profile).name);
    if (profile.inPlace) addActionProfile(context, info, profile);
  }
  const directCounter = resource(context, table, counter.directProperty, Prefix.DIRECT_COUNTER);
  if (directCounter) {
    const described = preamble(context, Prefix.DIRECT_COUNTER, directCounter.name, directCounter.annotations);
    info.directCounters.push({
      preamble: described,
      spec: counterSpec(context, directCounter),
      directTableId,
    });
    directResourceIds.push(described.id);
  }
  const directMeter = resource(context, table, meter.directProperty, Prefix.DIRECT_METER);
  if (directMeter) {
    const described = preamble(context, Prefix.DIRECT_METER, directMeter.name, directMeter.annotations);
    info.directMeters.push({ preamble: described, spec: meterSpec(context, directMeter), directTableId });
    directResourceIds.push(described.id);
  }
  return { implementationId, directResourceIds };
}

const EXPECTED: Readonly<Partial<Record<Prefix, string>>> = {
  [Prefix.ACTION_PROFILE]: 'an action profile or action selector',
  [Prefix.DIRECT_COUNTER]: 'a direct counter',
  [Prefix.DIRECT_METER]: 'a direct meter',
};

function resource(
  context: Context,
  table: TableInstance,
  property: string,
  prefix: Prefix,
): ExternInstance | undefined {
  const found = propertyExtern(context, table, property);
  const node = findProperty(table, property);
  if (!node) return undefined;
  if (found && externPrefix(context, found.decl.name.text) === prefix) return found;
  context.diagnostics.error(
    'P4C415',
    `property \`${property}\` of table ${table.name} must be ${EXPECTED[prefix]}${found ? `, not a ${found.decl.name.text}` : ''}`,
    node.span,
  );
  return undefined;
}

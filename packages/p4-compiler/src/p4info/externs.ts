import type { Init, p4 } from 'p4runtime-js';
import { annotationNumber, annotationText, type ExternInstance, findAnnotation } from '../elaborate/index.js';
import { type Context, namedType, Prefix, preamble, v1 } from './context.js';

/** The kind of P4Info object that an extern of this name is in the program's architecture, if any. */
export function externPrefix(context: Pick<Context, 'program'>, extern: string): Prefix | undefined {
  const { counter, meter, register, actionProfile, digestExtern } = context.program.architecture;
  switch (extern) {
    case counter.extern:
      return Prefix.COUNTER;
    case counter.directExtern:
      return Prefix.DIRECT_COUNTER;
    case meter.extern:
      return Prefix.METER;
    case meter.directExtern:
      return Prefix.DIRECT_METER;
    case register.extern:
      return Prefix.REGISTER;
    case actionProfile.extern:
    case actionProfile.selector:
      return Prefix.ACTION_PROFILE;
    case digestExtern:
      return Prefix.DIGEST;
    default:
      return undefined;
  }
}

/** The name of the enum member given as a counter's or meter's unit, in lower case. */
function unitName(instance: ExternInstance, param: string): string {
  const value = instance.args.get(param);
  const constant = value?.kind === 'constant' ? value.constant : undefined;
  if (constant?.kind !== 'name') return '';
  return constant.value.slice(constant.value.lastIndexOf('.') + 1).toLowerCase();
}

export function counterSpec(context: Context, instance: ExternInstance): Init<p4.config.v1.CounterSpec> {
  const { counter } = context.program.architecture;
  const direct = instance.decl.name.text === counter.directExtern;
  const { PACKETS, BYTES, BOTH, UNSPECIFIED } = v1.CounterSpecUnit;
  const units: Readonly<Record<string, p4.config.v1.CounterSpecUnit>> = {
    packets: PACKETS,
    bytes: BYTES,
    packets_and_bytes: BOTH,
  };
  return {
    unit: units[unitName(instance, direct ? counter.directUnitParam : counter.unitParam)] ?? UNSPECIFIED,
  };
}

export function meterSpec(context: Context, instance: ExternInstance): Init<p4.config.v1.MeterSpec> {
  const { meter } = context.program.architecture;
  const direct = instance.decl.name.text === meter.directExtern;
  const { PACKETS, BYTES, UNSPECIFIED } = v1.MeterSpecUnit;
  const units: Readonly<Record<string, p4.config.v1.MeterSpecUnit>> = { packets: PACKETS, bytes: BYTES };
  return { unit: units[unitName(instance, direct ? meter.directUnitParam : meter.unitParam)] ?? UNSPECIFIED };
}

function sizeOf(context: Context, instance: ExternInstance, param: string): bigint {
  const value = instance.args.get(param);
  if (value?.kind === 'constant' && value.constant.kind === 'int') return value.constant.value;
  context.diagnostics.error('P4C404', `the size of ${instance.name} must be a constant`, instance.span);
  return 0n;
}

function indexType(context: Context, instance: ExternInstance, position: number | undefined) {
  const type = position === undefined ? undefined : instance.typeArgs[position];
  return type ? namedType(context, type, instance.decl) : null;
}

/**
 * The action profile that a selector of Tofino's newer kind chooses from, for P4Info's one message stands for both under the profile's name
 * (p4c, --p4runtime-force-std-externs); else the extern itself.
 */
export function profileOf(instance: ExternInstance): ExternInstance {
  const profile = instance.args.get('action_profile');
  return profile?.kind === 'instance' && profile.instance.kind === 'extern' ? profile.instance : instance;
}

/** Adds an extern instance that stands on its own; direct resources come with their tables. */
export function addExtern(context: Context, info: P4InfoLists, instance: ExternInstance): void {
  if (instance.inPlace || profileOf(instance) !== instance) return;
  context.types.touch();
  const { counter, meter, register } = context.program.architecture;
  const prefix = externPrefix(context, instance.decl.name.text);
  const common = (): { preamble: ReturnType<typeof preamble> } => ({
    preamble: preamble(context, prefix!, instance.name, instance.annotations),
  });
  switch (prefix) {
    case Prefix.COUNTER:
      info.counters.push({
        ...common(),
        spec: counterSpec(context, instance),
        size: sizeOf(context, instance, counter.sizeParam),
        indexTypeName: indexType(context, instance, counter.indexTypeParam),
      });
      break;
    case Prefix.METER:
      info.meters.push({
        ...common(),
        spec: meterSpec(context, instance),
        size: sizeOf(context, instance, meter.sizeParam),
        indexTypeName: indexType(context, instance, meter.indexTypeParam),
      });
      break;
    case Prefix.REGISTER:
      info.registers.push({
        ...common(),
        typeSpec: instance.typeArgs[0] ? context.types.describe(instance.typeArgs[0], instance.decl) : null,
        size: Number(sizeOf(context, instance, register.sizeParam)),
        indexTypeName: indexType(context, instance, register.indexTypeParam),
      });
      break;
    case Prefix.ACTION_PROFILE:
      addActionProfile(context, info, instance);
      break;
    case Prefix.DIGEST:
      info.digests.push({
        ...common(),
        typeSpec: instance.typeArgs[0] ? context.types.describe(instance.typeArgs[0], instance.decl) : null,
      });
      break;
    default:
      break;
  }
}

export function addActionProfile(context: Context, info: P4InfoLists, instance: ExternInstance): void {
  const { actionProfile } = context.program.architecture;
  const selector = info.selectorOf(instance.name);
  const withSelector = selector !== undefined || instance.decl.name.text === actionProfile.selector;
  const groupSize = annotationNumber(findAnnotation(instance.annotations, 'max_group_size')) ?? 0;
  const { annotations, name } = instance;
  const semantics = annotationText(findAnnotation(annotations, 'selector_size_semantics'))?.toLowerCase();
  const profile: Init<p4.config.v1.ActionProfile> & object = {
    preamble: preamble(context, Prefix.ACTION_PROFILE, name, annotations, [
      'max_group_size',
      'selector_size_semantics',
      'max_member_weight',
    ]),
    tableIds: info.profileTables(name).map((table) => context.symbols.id(Prefix.TABLE, table)),
    withSelector,
    size: sizeOf(context, instance, 'size'),
    maxGroupSize: selector
      ? Number(sizeOf(context, selector, 'max_group_size'))
      : withSelector
        ? groupSize
        : 0,
    ...(withSelector && semantics === 'sum_of_weights' ? { sumOfWeights: {} } : {}),
    ...(withSelector && semantics === 'sum_of_members'
      ? {
          sumOfMembers: {
            maxMemberWeight: annotationNumber(findAnnotation(annotations, 'max_member_weight')) ?? 0,
          },
        }
      : {}),
  };
  info.actionProfiles.push(profile);
}

/** The lists of a P4Info message while it grows. */
export interface P4InfoLists {
  readonly tables: Init<p4.config.v1.Table>[];
  readonly actions: Init<p4.config.v1.Action>[];
  readonly actionProfiles: Init<p4.config.v1.ActionProfile>[];
  readonly counters: Init<p4.config.v1.Counter>[];
  readonly directCounters: Init<p4.config.v1.DirectCounter>[];
  readonly meters: Init<p4.config.v1.Meter>[];
  readonly directMeters: Init<p4.config.v1.DirectMeter>[];
  readonly controllerPacketMetadata: Init<p4.config.v1.ControllerPacketMetadata>[];
  readonly valueSets: Init<p4.config.v1.ValueSet>[];
  readonly registers: Init<p4.config.v1.Register>[];
  readonly digests: Init<p4.config.v1.Digest>[];
  /** Full names of the tables that share an action profile, sorted. */
  profileTables(profile: string): readonly string[];
  /** A selector that is an extern of its own beside the profile. */
  selectorOf(profile: string): ExternInstance | undefined;
}

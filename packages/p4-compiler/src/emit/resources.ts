import { type ExternInstance, underlying } from '../elaborate/index.js';
import { bitsOf } from '../lower/index.js';
import type { CoreTable } from '../normalise/index.js';
import type { JsonCounterArray, JsonMeterArray, JsonRegisterArray } from './bmv2-json.js';
import type { EmitContext } from './context.js';
import { ExpressionWriter } from './expressions.js';

/** The stateful objects of a program, as arrays that the target keeps. */
export interface Resources {
  readonly counters: JsonCounterArray[];
  readonly meters: JsonMeterArray[];
  readonly registers: JsonRegisterArray[];
}

export function resources(context: EmitContext, instances: readonly ExternInstance[]): Resources {
  const result: Resources = { counters: [], meters: [], registers: [] };
  for (const instance of new Set(instances)) add(context, result, instance);
  return result;
}

function add(context: EmitContext, result: Resources, instance: ExternInstance): void {
  const { name } = instance;
  const source_info = context.source(instance.span);
  const table = context.directTables.get(instance);
  switch (instance.decl.name.text) {
    case 'counter':
      result.counters.push({
        name,
        id: context.id('counter_arrays'),
        source_info,
        is_direct: false,
        size: size(instance),
      });
      break;
    case 'direct_counter':
      if (!table) break;
      result.counters.push({
        name,
        id: context.id('counter_arrays'),
        source_info,
        is_direct: true,
        binding: table.name,
      });
      break;
    case 'meter':
      result.meters.push({ ...meter(context, instance), is_direct: false, size: size(instance) });
      break;
    case 'direct_meter':
      if (table) result.meters.push(directMeter(context, instance, table));
      break;
    case 'register':
      result.registers.push({
        name,
        id: context.id('register_arrays'),
        source_info,
        size: registerSize(context, instance),
        bitwidth: registerWidth(context, instance),
      });
      break;
    case 'action_profile':
    case 'action_selector':
      break;
    default:
      context.limit(`this target has no extern ${instance.decl.name.text}`, instance.span);
  }
}

function size(instance: ExternInstance): number {
  const value = instance.args.get('size');
  return value?.kind === 'constant' && value.constant.kind === 'int' ? Number(value.constant.value) : 0;
}

function registerSize(context: EmitContext, instance: ExternInstance): number {
  const cells = size(instance);
  if (cells === 0) context.limit(`register ${instance.name} has no cells`, instance.span);
  return cells;
}

function registerWidth(context: EmitContext, instance: ExternInstance): number {
  const type = instance.typeArgs[0] && underlying(instance.typeArgs[0]);
  if (type?.kind === 'bit' || type?.kind === 'fixedInt') return bitsOf(type);
  context.limit(`register ${instance.name} must hold bit<W> or int<W> on this target`, instance.span);
  return 1;
}

function meter(context: EmitContext, instance: ExternInstance) {
  const unit = instance.args.get('type');
  const name = unit?.kind === 'constant' && unit.constant.kind === 'name' ? unit.constant.value : '';
  return {
    name: instance.name,
    id: context.id('meter_arrays'),
    source_info: context.source(instance.span),
    rate_count: 2,
    type: name.endsWith('bytes') ? 'bytes' : 'packets',
  } as const;
}

function directMeter(context: EmitContext, instance: ExternInstance, table: CoreTable): JsonMeterArray {
  const target = context.meterTargets.get(instance);
  const field = target && new ExpressionWriter(context).field(target);
  if (!field) {
    context.limit(
      `the colour of direct meter ${instance.name} is read by no action of table ${table.name}`,
      instance.span,
    );
  }
  const given = table.instance.decl.size && context.program.checked.constantOf(table.instance.decl.size);
  return {
    ...meter(context, instance),
    is_direct: true,
    size: given?.kind === 'int' ? Number(given.value) : 1024,
    binding: table.name,
    result_target: field ?? ['', ''],
  };
}

import type { Calculation, CalculationInput, Checksum, Field, FieldList, LearnList } from '../ir/program.js';
import type { LoadContext } from './context.js';
import { buildBool } from './expressions.js';
import type { JsonNode } from './node.js';

/** Most cells of one counter, meter or register array: beyond it a hostile document could exhaust memory. */
const MAX_CELLS = 1 << 24;

export function loadCalculations(
  context: LoadContext,
  root: JsonNode,
  knownAlgorithms: readonly string[],
): void {
  for (const [index, node] of root.list('calculations').entries()) {
    const { inputs, withPayload } = loadInputs(context, node.get('input'));
    const calculation: Calculation = {
      index,
      name: node.get('name').string(),
      algorithm: node.get('algo').oneOf(...knownAlgorithms),
      inputs,
      withPayload,
    };
    context.calculations.add(node, calculation.name, calculation);
  }
}

export function loadInputs(
  context: LoadContext,
  node: JsonNode,
): { inputs: CalculationInput[]; withPayload: boolean } {
  const inputs: CalculationInput[] = [];
  let withPayload = false;
  for (const input of node.array()) {
    const value = input.find('value');
    switch (input.get('type').oneOf('field', 'hexstr', 'header', 'payload')) {
      case 'field': {
        const field = context.field(input.get('value'));
        inputs.push({ kind: 'field', field });
        break;
      }
      case 'hexstr': {
        const width = input.get('bitwidth').integer(1, 16384);
        inputs.push({ kind: 'constant', value: BigInt.asUintN(width, input.get('value').hex()), width });
        break;
      }
      case 'header':
        inputs.push({ kind: 'header', header: context.headers.get(value ?? input.get('value')) });
        break;
      case 'payload':
        withPayload = true;
        break;
    }
  }
  return { inputs, withPayload };
}

export function loadArrays(context: LoadContext, root: JsonNode): void {
  for (const [index, node] of root.list('counter_arrays').entries()) {
    const name = node.get('name').string();
    const direct = node.flag('is_direct');
    context.counters.add(node, name, {
      index,
      name,
      size: direct ? 0 : node.get('size').integer(0, MAX_CELLS),
      table: direct ? node.get('binding').string() : undefined,
    });
  }
  for (const [index, node] of root.list('meter_arrays').entries()) {
    const name = node.get('name').string();
    const direct = node.flag('is_direct');
    context.meters.add(node, name, {
      index,
      name,
      size: direct ? 0 : node.get('size').integer(0, MAX_CELLS),
      unit: node.get('type').oneOf('bytes', 'packets'),
      table: direct ? node.get('binding').string() : undefined,
      result: direct ? context.field(node.get('result_target')) : undefined,
    });
  }
  for (const [index, node] of root.list('register_arrays').entries()) {
    const name = node.get('name').string();
    context.registers.add(node, name, {
      index,
      name,
      size: node.get('size').integer(0, MAX_CELLS),
      width: node.get('bitwidth').integer(1, 4096),
    });
  }
}

export function loadChecksums(context: LoadContext, root: JsonNode): Checksum[] {
  return root.list('checksums').map((node) => {
    if (node.get('type').string() !== 'generic') {
      node
        .get('type')
        .unsupported(`only "generic" checksums are supported, found "${node.get('type').value}"`);
    }
    const condition = node.find('if_cond');
    return {
      name: node.get('name').string(),
      target: context.field(node.get('target')),
      calculation: context.calculations.get(node.get('calculation')),
      verify: node.flag('verify', true),
      update: node.flag('update', true),
      condition: condition && buildBool(context, condition),
    };
  });
}

export function loadLearnLists(context: LoadContext, root: JsonNode): LearnList[] {
  return root.list('learn_lists').map((node) => ({
    id: node.get('id').integer(),
    name: node.get('name').string(),
    fields: fieldsOf(context, node),
  }));
}

export function loadFieldLists(context: LoadContext, root: JsonNode): FieldList[] {
  return root.list('field_lists').map((node) => ({
    id: node.get('id').integer(),
    name: node.find('name')?.string() ?? '',
    fields: fieldsOf(context, node),
  }));
}

function fieldsOf(context: LoadContext, node: JsonNode): Field[] {
  return node
    .get('elements')
    .array()
    .filter((element) => element.get('type').oneOf('field', 'hexstr') === 'field')
    .map((element) => context.field(element.get('value')));
}

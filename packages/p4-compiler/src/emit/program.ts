import type { Diagnostics } from '../diagnostics.js';
import { controlPlaneName, type ElaboratedProgram, type ExternInstance } from '../elaborate/index.js';
import { usedVariables } from '../lower/index.js';
import type { CoreProgram, Variable } from '../normalise/index.js';
import type { Bmv2Json } from './bmv2-json.js';
import { checksums } from './checksums.js';
import { EmitContext } from './context.js';
import { deparser } from './deparser.js';
import { fieldLists, HeaderWriter } from './headers.js';
import { parser, valueSets } from './parser.js';
import { pipeline } from './pipeline.js';
import { resources } from './resources.js';

const FORMAT: readonly [number, number] = [2, 23];

/** Writes a normalised v1model program as the configuration of a BMv2 switch. `name` is what the switch shows. */
export function bmv2Json(
  program: ElaboratedProgram,
  core: CoreProgram,
  name: string,
  diagnostics: Diagnostics,
): Bmv2Json {
  const context = new EmitContext(program, diagnostics);
  const headers = new HeaderWriter(context);
  const metadata = declareStorage(program, core, headers);
  if (metadata) fieldLists(context, metadata);
  const control = (param: string) => core.controls.get(param)!;
  const jsonParser = parser(context, core.parser);
  const pipelines = [pipeline(context, control('ig'), 'ingress'), pipeline(context, control('eg'), 'egress')];
  const jsonDeparser = deparser(context, control('dep'));
  const jsonChecksums = [
    ...checksums(context, control('ck'), false),
    ...checksums(context, control('vr'), true),
  ];
  const arrays = resources(context, externs(program, core));
  return {
    program: name,
    __meta__: { version: FORMAT, compiler: 'p4-compiler' },
    header_types: headers.types,
    headers: headers.headers,
    header_stacks: headers.stacks,
    header_union_types: headers.unionTypes,
    header_unions: headers.unions,
    header_union_stacks: headers.unionStacks,
    field_lists: context.fieldLists,
    errors: program.checked.errors.map((error, code) => [error.slice(error.lastIndexOf('.') + 1), code]),
    enums: enums(program),
    parsers: [jsonParser],
    parse_vsets: valueSets(context, core.parser),
    deparsers: [jsonDeparser],
    meter_arrays: arrays.meters,
    counter_arrays: arrays.counters,
    register_arrays: arrays.registers,
    calculations: context.calculations,
    learn_lists: context.learnLists,
    actions: context.actions,
    pipelines,
    checksums: jsonChecksums,
    force_arith: [],
    extern_instances: [],
    field_aliases: headers.aliases,
  };
}

/** Declares the parameters of the architecture and the variables in use; gives the user metadata. */
function declareStorage(
  program: ElaboratedProgram,
  core: CoreProgram,
  headers: HeaderWriter,
): Variable | undefined {
  const { span } = program.main;
  for (const variable of core.roles.values()) headers.declare(variable, span);
  const used = usedVariables(core);
  for (const variable of core.locals) if (used.has(variable)) headers.declare(variable, span);
  return core.roles.get('metadata');
}

function externs(program: ElaboratedProgram, core: CoreProgram): ExternInstance[] {
  const globals = [...program.globals.values()].filter((instance) => instance.kind === 'extern');
  return [...globals, ...[...core.controls.values()].flatMap((control) => control.externs)];
}

/** The program's own enums; those of the architecture have no numbers on this target. */
function enums(program: ElaboratedProgram): Bmv2Json['enums'] {
  return program.checked.program.declarations.flatMap((decl) => {
    if (decl.kind !== 'EnumDeclaration' || decl.underlying || ARCHITECTURE_ENUMS.has(decl.name.text))
      return [];
    const entries = decl.members.map((member, value) => [member.name.text, value] as const);
    return [{ name: controlPlaneName(decl), entries }];
  });
}

const ARCHITECTURE_ENUMS: ReadonlySet<string> = new Set([
  'CounterType',
  'MeterType',
  'HashAlgorithm',
  'CloneType',
]);

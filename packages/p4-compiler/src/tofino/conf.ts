import { TofinoError } from './errors.js';

/** One pipeline of a program, by the files that the backend wrote for it. */
export interface ConfPipeline {
  readonly name: string;
  /** context.json */
  readonly context: string;
  /** tofino.bin */
  readonly config: string;
  /** Pipes of the chip that run it. */
  readonly scope: readonly number[];
}

/** What a .conf says of its one program. Paths are as they stand there. */
export interface ConfProgram {
  readonly name: string;
  /** bfrt.json */
  readonly bfrt: string;
  readonly pipelines: readonly ConfPipeline[];
}

/**
 * Reads a .conf: the file by which p4c's Tofino backend tells the chip's driver what to load.
 * @param path for messages
 * @throws TofinoError TOFINO_CONF_UNREADABLE with the path of the first value that is not as expected, TOFINO_CONF_UNSUPPORTED
 */
export function readConf(path: string, text: string): ConfProgram {
  const fail = (where: string, expected: string): never => {
    throw new TofinoError(
      'TOFINO_CONF_UNREADABLE',
      `${path}: ${where} has to be ${expected}; is this the .conf that p4c wrote for Tofino (with bfrt.json)?`,
    );
  };
  const conf = parse(path, text);
  const device = only(path, 'device', list(conf, 'p4_devices'));
  const program = only(path, 'program', list(device, 'p4_programs'));

  function list(parent: unknown, key: string): unknown[] {
    const value = (parent as Record<string, unknown> | null)?.[key];
    return Array.isArray(value) && value.length > 0 ? value : fail(key, 'a list that is not empty');
  }
  function string(parent: unknown, key: string, where = key): string {
    const value = (parent as Record<string, unknown> | null)?.[key];
    return typeof value === 'string' && value !== '' ? value : fail(where, 'a text');
  }

  return {
    name: string(program, 'program-name'),
    bfrt: string(program, 'bfrt-config'),
    pipelines: list(program, 'p4_pipelines').map((pipeline, i) => {
      const where = (key: string) => `p4_pipelines[${i}].${key}`;
      const { pipe_scope: scope } = pipeline as Record<string, unknown>;
      return {
        name: string(pipeline, 'p4_pipeline_name', where('p4_pipeline_name')),
        context: string(pipeline, 'context', where('context')),
        config: string(pipeline, 'config', where('config')),
        scope: isScope(scope) ? scope : fail(where('pipe_scope'), 'a list of pipe numbers'),
      };
    }),
  };
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TofinoError('TOFINO_CONF_UNREADABLE', `${path} is not JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function only(path: string, what: string, found: readonly unknown[]): unknown {
  if (found.length === 1) return found[0];
  const names = found
    .map((each) => (each as Record<string, unknown> | null)?.['program-name'])
    .filter(Boolean);
  const which = names.length > 0 ? ` (${names.join(', ')})` : '';
  throw new TofinoError(
    'TOFINO_CONF_UNSUPPORTED',
    `${path} has ${found.length} ${what}s${which}; Stratum takes a pipeline config of one ${what}: compile each into a folder of its own`,
  );
}

const isScope = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((pipe) => Number.isInteger(pipe) && pipe >= 0);

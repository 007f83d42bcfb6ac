import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import { TofinoError } from './errors.js';

/** Names of the driver: Intel's SDE calls it `bf-p4c`, the open-source compiler `p4c`. */
const DRIVERS = ['bf-p4c', 'p4c'] as const;

const INSTALL =
  'Build p4c (https://github.com/p4lang/p4c) with -DENABLE_TOFINO=ON and put its bin folder on PATH, or name the driver';

export interface TofinoCompileOptions {
  /** The driver: `p4c` with the Tofino backend, or `bf-p4c`. */
  readonly driver: string;
  /** The program, for TNA. */
  readonly file: string;
  /** Folder for what the driver writes; it empties it first. */
  readonly buildFolder: string;
  readonly includePaths?: readonly string[];
  readonly defines?: Readonly<Record<string, string>>;
  /** More arguments for the driver, such as `-g` or `--verbose`. */
  readonly more?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface TofinoBuild {
  /** The .conf, which names all other files. */
  readonly conf: string;
  /** The backend's own P4Info, as text. */
  readonly p4info: string;
  /** What the driver printed: warnings. */
  readonly output: string;
}

/**
 * The driver to run: the one that was named, or the first on PATH.
 * @param named a path, or a name to look for on PATH
 * @throws TofinoError TOFINO_BACKEND_MISSING, which says what to install
 */
export function findTofinoDriver(named: string | undefined, path = process.env.PATH ?? ''): string {
  const folders = path.split(delimiter).filter(Boolean);
  const wanted = named === undefined ? DRIVERS : [named];
  for (const name of wanted) {
    const places = name.includes('/') ? [name] : folders.map((folder) => join(folder, name));
    const found = places.find((place) => existsSync(place) && statSync(place).isFile());
    if (found !== undefined) return found;
  }
  throw new TofinoError(
    'TOFINO_BACKEND_MISSING',
    named === undefined
      ? `no p4c with a Tofino backend is installed: neither ${DRIVERS.join(' nor ')} is on PATH. ${INSTALL}`
      : `there is no ${named}. ${INSTALL}`,
  );
}

/**
 * Runs p4c's Tofino backend: preprocessor, compiler, assembler. Its P4Info has standard counters and digests, as
 * controllers want them, in place of TNA's own.
 * @throws TofinoError TOFINO_COMPILE_FAILED with what the backend said, TOFINO_BACKEND_MISSING where this p4c has none
 */
export async function compileForTofino(options: TofinoCompileOptions): Promise<TofinoBuild> {
  const { driver, file, buildFolder } = options;
  mkdirSync(buildFolder, { recursive: true });
  const p4info = join(buildFolder, `${basename(file, '.p4')}.p4info.txt`);
  const { status, output } = await run(driver, arguments_(options, p4info), options.signal);
  if (/unknown backend|Unsupported target|invalid (?:choice|target)/i.test(output) && !existsSync(p4info)) {
    throw new TofinoError(
      'TOFINO_BACKEND_MISSING',
      `${driver} has no Tofino backend. ${INSTALL}\n${output.trim()}`,
    );
  }
  const confs = readdirSync(buildFolder).filter((name) => name.endsWith('.conf'));
  if (status !== 0 || confs.length !== 1) {
    throw new TofinoError(
      'TOFINO_COMPILE_FAILED',
      `${file} does not compile for Tofino: ${driver} ended ${status === 0 ? 'without a .conf' : `with ${status}`}\n${output.trim()}`,
    );
  }
  return { conf: join(buildFolder, confs[0]!), p4info, output };
}

function arguments_(options: TofinoCompileOptions, p4info: string): string[] {
  const { file, buildFolder, includePaths = [], defines = {}, more = [] } = options;
  return [
    ...['--target', 'tofino', '--arch', 'tna', '-o', buildFolder],
    ...['--p4runtime-files', p4info, '--p4runtime-force-std-externs'],
    ...includePaths.flatMap((folder) => ['-I', folder]),
    ...Object.entries(defines).map(([name, value]) => `-D${name}=${value}`),
    ...more,
    file,
  ];
}

function run(
  program: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ status: number | string; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], signal });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', (cause) => {
      if (signal?.aborted) return reject(signal.reason);
      const message = `${program} cannot be run: ${cause.message}. ${INSTALL}`;
      reject(new TofinoError('TOFINO_BACKEND_MISSING', message, { cause }));
    });
    child.on('close', (status, killed) => resolve({ status: status ?? killed ?? 'no status', output }));
  });
}

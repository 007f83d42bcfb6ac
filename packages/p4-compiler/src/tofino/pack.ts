import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { stratum } from 'p4runtime-js';
import { readConf } from './conf.js';
import { TofinoError } from './errors.js';

/** A program as Stratum loads it. */
export interface PackedPipeline {
  readonly config: stratum.BfPipelineConfig;
  /** `config` on the wire: the `p4_device_config` of a SetForwardingPipelineConfig. */
  readonly bytes: Buffer;
}

/**
 * Packs what p4c's Tofino backend left in a build folder into Stratum's BfPipelineConfig.
 *
 * A .conf names its files as they were reached from the folder in which p4c ran. They are looked for from the .conf's
 * own folder and from each folder above it, so that a build that was moved as a whole can still be packed.
 * @param conf path of the .conf
 * @throws TofinoError TOFINO_CONF_UNREADABLE, TOFINO_CONF_UNSUPPORTED, TOFINO_FILE_MISSING
 */
export function packPipeline(conf: string): PackedPipeline {
  const program = readConf(conf, read(conf, 'TOFINO_CONF_UNREADABLE', `cannot read ${conf}`));
  const content = (file: string, what: string) => {
    const path = locate(conf, file, what);
    return read(path, 'TOFINO_FILE_MISSING', `${conf}: ${what} ${path} cannot be read`, 'bytes');
  };
  const config = stratum.BfPipelineConfig.from({
    p4Name: program.name,
    bfruntimeInfo: content(program.bfrt, 'bfrt-config'),
    profiles: program.pipelines.map(({ name, context, config, scope }) => ({
      profileName: name,
      context: content(context, `context of pipeline ${name}`),
      binary: content(config, `config of pipeline ${name}`),
      pipeScope: scope,
    })),
  });
  return { config, bytes: stratum.BfPipelineConfig.encode(config) };
}

function locate(conf: string, file: string, what: string): string {
  const tried = isAbsolute(file)
    ? [file]
    : upwards(dirname(resolve(conf))).map((folder) => join(folder, file));
  const found = tried.find(existsSync);
  if (found !== undefined) return found;
  const where = isAbsolute(file) ? '' : `, neither from ${dirname(resolve(conf))} nor from a folder above it`;
  throw new TofinoError(
    'TOFINO_FILE_MISSING',
    `${conf} names the ${what} ${file}, which is not there${where}; compile again, or move the build folder as a whole`,
  );
}

function upwards(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...upwards(parent)];
}

function read(path: string, code: 'TOFINO_CONF_UNREADABLE', message: string): string;
function read(path: string, code: 'TOFINO_FILE_MISSING', message: string, as: 'bytes'): Buffer;
function read(path: string, code: TofinoError['code'], message: string, as?: 'bytes'): string | Buffer {
  try {
    return as ? readFileSync(path) : readFileSync(path, 'utf8');
  } catch (cause) {
    throw new TofinoError(code, `${message}: ${(cause as Error).message}`, { cause });
  }
}

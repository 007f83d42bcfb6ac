import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Two pipelines, as a program for a folded chip has them. A .conf of the shape that p4c-gen-conf writes. */
export const CONF = {
  chip_list: [{ chip_family: 'tofino', instance: 0 }],
  p4_devices: [
    {
      'device-id': 0,
      p4_programs: [
        {
          'program-name': 'leaf',
          'bfrt-config': 'build/bfrt.json',
          model_json_path: 'build/share/leaf/aug_model.json',
          p4_pipelines: [
            {
              p4_pipeline_name: 'outer',
              context: 'build/outer/context.json',
              config: 'build/outer/tofino.bin',
              pipe_scope: [0, 2],
              path: 'build',
            },
            {
              p4_pipeline_name: 'inner',
              context: 'build/inner/context.json',
              config: 'build/inner/tofino.bin',
              pipe_scope: [1, 3],
              path: 'build',
            },
          ],
        },
      ],
      agent0: 'lib/libpltfm_mgr.so',
    },
  ],
};

export const FILES: Readonly<Record<string, Buffer>> = {
  'build/bfrt.json': Buffer.from('{"schema_version":"1.0.0","tables":[]}'),
  'build/outer/context.json': Buffer.from('{"tables":["outer"]}'),
  'build/outer/tofino.bin': Buffer.from([0, 1, 2, 0xff, 0x80]),
  'build/inner/context.json': Buffer.from('{"tables":["inner"]}'),
  'build/inner/tofino.bin': Buffer.from([9, 8, 7]),
};

/** A folder with what a backend left in `build/`, removed by `remove`. */
export class Build {
  readonly folder = mkdtempSync(join(tmpdir(), 'p4-compiler-tofino-'));

  constructor(conf: unknown = CONF) {
    for (const [file, content] of Object.entries(FILES)) this.write(file, content);
    this.write('build/leaf.conf', JSON.stringify(conf, null, 4));
  }

  get conf(): string {
    return join(this.folder, 'build/leaf.conf');
  }

  write(file: string, content: string | Buffer, mode = 0o644): string {
    const path = join(this.folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, { mode });
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

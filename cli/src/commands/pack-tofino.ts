import { Command } from 'commander';
import { packPipeline } from 'p4-compiler';
import { bytes } from '../output/units.js';
import { describePipeline, pipelineSummary } from '../tofino/describe.js';
import { pipelineFile } from '../tofino/files.js';
import { writeAll } from './generate.js';

export function packTofinoCommand(): Command {
  return new Command('pack-tofino')
    .description("pack what p4c's Tofino backend made into the pipeline config that Stratum loads")
    .argument('<conf>', 'the .conf of the build, e.g. out/quickstart.tofino.build/quickstart.tofino.conf')
    .option('--out <dir>', 'where to', '.')
    .option('--json', 'print what was packed and written as JSON')
    .addHelpText(
      'after',
      `
Writes PROGRAM.pipeline.bin: a serialized BfPipelineConfig, the p4_device_config of a SetForwardingPipelineConfig. For a program that was
compiled elsewhere; \`bluebridge compile --target tofino\` packs what it compiles. A P4Info is not part of it.

Examples:
  $ bluebridge pack-tofino out/quickstart.tofino.build/quickstart.tofino.conf --out out
  $ bluebridge pack-tofino $SDE_INSTALL/share/p4/targets/tofino/leaf.conf --json`,
    )
    .action(async (conf: string, options: { out: string; json?: boolean }) => {
      const { config, bytes: packed } = packPipeline(conf);
      const written = await writeAll(options.out, new Map([[pipelineFile(config.p4Name), packed]]));
      if (options.json) {
        process.stdout.write(`${JSON.stringify({ ...pipelineSummary(config), files: written }, null, 2)}\n`);
        return;
      }
      process.stdout.write(describePipeline(config));
      for (const { path, size } of written) process.stdout.write(`${path}  ${bytes(size)}\n`);
    });
}

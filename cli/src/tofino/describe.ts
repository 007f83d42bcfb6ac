import type { stratum } from 'p4runtime-js';
import { bytes } from '../output/units.js';

/** What a pipeline config holds, a line each. */
export function describePipeline(config: stratum.BfPipelineConfig): string {
  const lines = [`program ${config.p4Name}: bfrt.json ${bytes(config.bfruntimeInfo.length)}`];
  for (const { profileName, pipeScope, context, binary } of config.profiles) {
    lines.push(
      `  pipeline ${profileName} on pipes ${pipeScope.join(', ')}: context.json ${bytes(context.length)}, ` +
        `binary ${bytes(binary.length)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** The same for a script. */
export const pipelineSummary = (config: stratum.BfPipelineConfig) => ({
  program: config.p4Name,
  bfrt: config.bfruntimeInfo.length,
  pipelines: config.profiles.map(({ profileName, pipeScope, context, binary }) => ({
    name: profileName,
    pipes: pipeScope,
    context: context.length,
    binary: binary.length,
  })),
});

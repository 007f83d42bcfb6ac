import { type Fabric, renderProgram } from '@bluebridge/templates';
import { Code, type DeviceHandler, P4RuntimeError, StratumLike } from 'p4runtime-js';
import { compileProgram } from '../fabric/program.js';
import { programDifferences } from '../fabric/same-program.js';

/**
 * A switch that controllers take for Stratum on a Tofino: it wants a BfPipelineConfig and refuses what Stratum refuses. In place of the chip's
 * binary, which nothing but the chip runs, it runs the fabric's program for v1model, to which the same entries, packets and counters mean the same.
 * @throws Failure where that program does not compile
 */
export function stratumFace(fabric: Fabric): (device: DeviceHandler) => DeviceHandler {
  const { pipeline, compiled } = compileProgram(`${fabric.name}.p4`, renderProgram(fabric, 'embedded'));
  return (device) =>
    new StratumLike(device, {
      standIn(sent) {
        const differences = programDifferences(compiled.p4info!, sent.p4info!);
        if (differences.length === 0) return pipeline;
        throw new P4RuntimeError(
          `this switch stands in for a Tofino with the program of the fabric ${fabric.name}, and was sent another: ${differences.join('; ')}`,
          Code.INVALID_ARGUMENT,
        );
      },
    });
}

import type { Pipeline } from '@bluebridge/controller';
import { type Compiled, compile, renderDiagnostics } from 'p4-compiler';
import { EXIT, Failure } from '../failure.js';

/**
 * Compile a switch program for the embedded switch or BMv2.
 * @throws Failure with the compiler's diagnostics
 */
export function compileProgram(path: string, source: string): { pipeline: Pipeline; compiled: Compiled } {
  const compiled = compile({ path, source });
  if (!compiled.p4info || !compiled.bmv2) {
    throw new Failure(`${path} does not compile\n${renderDiagnostics(compiled.diagnostics)}`, EXIT.USAGE);
  }
  const p4DeviceConfig = Buffer.from(JSON.stringify(compiled.bmv2));
  return { pipeline: { p4info: compiled.p4info, p4DeviceConfig }, compiled };
}

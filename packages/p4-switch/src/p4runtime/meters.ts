import { type Init, type MeterConfig, type MeterCounterData, p4 } from 'p4runtime-js';
import type { MeterConfig as DataPlaneConfig } from '../switch/control-plane.js';
import type { MeterType } from './bindings.js';
import { invalid, unimplemented } from './errors.js';

const { TWO_RATE_THREE_COLOR, SINGLE_RATE_TWO_COLOR } = p4.config.v1.MeterSpecType;

/**
 * A meter's configuration for the data plane (specification, "MeterEntry & DirectMeterEntry"). Without an excess burst all
 * types mark alike: as two rates, three colours.
 * @throws P4RuntimeError INVALID_ARGUMENT, UNIMPLEMENTED for an excess burst of a single-rate meter of three colours
 */
export function meterConfig(config: MeterConfig, type: MeterType, what: string): DataPlaneConfig {
  const { cir, cburst, pir, pburst, eburst } = config;
  for (const [name, value] of Object.entries({ cir, cburst, pir, pburst, eburst })) {
    if (value < 0n) throw invalid(`${what}: ${name} is 0 or more, not ${value}`);
  }
  if (type !== TWO_RATE_THREE_COLOR && (pir !== cir || pburst !== cburst)) {
    throw invalid(
      `${what}: it has a single rate, so pir and pburst are those of cir (${cir}) and cburst (${cburst})`,
    );
  }
  if (eburst !== 0n) {
    if (type === TWO_RATE_THREE_COLOR || type === SINGLE_RATE_TWO_COLOR) {
      throw invalid(
        `${what}: eburst is only for single-rate meters of three colours; here it is 0, not ${eburst}`,
      );
    }
    throw unimplemented(`${what}: an excess burst is not supported; eburst is 0, not ${eburst}`);
  }
  if (pir < cir) throw invalid(`${what}: pir ${pir} is below cir ${cir}`);
  return { cir, cburst, pir, pburst };
}

/** @throws P4RuntimeError UNIMPLEMENTED: the data plane does not count per colour */
export function checkNoColorCounters(counters: Init<MeterCounterData> | null, what: string): void {
  if (counters) throw unimplemented(`${what}: counters per colour are not supported; leave the field out`);
}

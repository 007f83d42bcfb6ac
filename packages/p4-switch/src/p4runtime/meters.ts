import { type Init, type MeterConfig, type MeterCounterData, p4 } from 'p4runtime-js';
import type { ColorCounts, MeterConfig as DataPlaneConfig } from '../switch/control-plane.js';
import type { MeterType } from './bindings.js';
import { counterData, counterValue } from './counters.js';
import { invalid } from './errors.js';

const { TWO_RATE_THREE_COLOR, SINGLE_RATE_TWO_COLOR } = p4.config.v1.MeterSpecType;

/**
 * A meter's configuration for the data plane (specification, "MeterEntry & DirectMeterEntry"). Without an excess burst all
 * types mark alike: as two rates, three colours.
 * @throws P4RuntimeError INVALID_ARGUMENT
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
  if (eburst !== 0n && (type === TWO_RATE_THREE_COLOR || type === SINGLE_RATE_TWO_COLOR)) {
    throw invalid(
      `${what}: eburst is only for single-rate meters of three colours; here it is 0, not ${eburst}`,
    );
  }
  if (pir < cir) throw invalid(`${what}: pir ${pir} is below cir ${cir}`);
  return { cir, cburst, pir, pburst, eburst };
}

/** Counts by colour; a colour that is unset in a request stays as it is. */
export function colorCounts({ green, yellow, red }: MeterCounterData): Partial<ColorCounts> {
  return {
    ...(green && { green: counterValue(green) }),
    ...(yellow && { yellow: counterValue(yellow) }),
    ...(red && { red: counterValue(red) }),
  };
}

export const colorData = ({ green, yellow, red }: ColorCounts): Init<MeterCounterData> => ({
  green: counterData(green),
  yellow: counterData(yellow),
  red: counterData(red),
});

/** Whether a meter has marked anything. */
export const hasMarked = (counts: ColorCounts): boolean =>
  Object.values(counts).some(({ packets, bytes }) => packets !== 0n || bytes !== 0n);

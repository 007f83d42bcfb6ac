import { type Fabric, loadFabric } from '@bluebridge/templates/spec';
import { InvalidArgumentError, Option } from 'commander';
import { LOG_LEVELS } from '../output/log.js';
import { parseSize } from '../output/units.js';

const DEFAULT_SPEC = 'bluebridge.yaml';

/** The specification of a command: its argument, or $BLUEBRIDGE_SPEC, or bluebridge.yaml here. @throws SpecError */
export const fabricOf = (file: string | undefined): Promise<Fabric> =>
  loadFabric(file ?? process.env.BLUEBRIDGE_SPEC ?? DEFAULT_SPEC);

export const SPEC_ARGUMENT = 'specification; default: $BLUEBRIDGE_SPEC, else bluebridge.yaml';

export const logOption = (level: (typeof LOG_LEVELS)[number]): Option =>
  new Option('--log <level>', 'log to standard error, one JSON object a line')
    .choices(LOG_LEVELS)
    .default(level);

export const engineOption = (): Option =>
  new Option('--engine <name>', 'how the pipeline is run')
    .choices(['compiled', 'interpreter'])
    .default('compiled');

/** For commander: a whole number from 0 on. */
export function wholeNumber(text: string): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(n))
    throw new InvalidArgumentError('It has to be a whole number.');
  return n;
}

/** For commander: bytes, as people write them. */
export function size(text: string): number {
  const n = parseSize(text);
  if (n === undefined || n < 1)
    throw new InvalidArgumentError('It has to be a size such as 4096, 64KiB or 1MiB.');
  return n;
}

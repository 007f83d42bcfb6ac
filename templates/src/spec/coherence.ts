import type { Coherence } from './fabric.js';
import type { Lenient } from './lenient.js';
import type { SpecProblem } from './problems.js';
import { coherenceMapping, type Spec } from './schema.js';
import type { Path } from './source.js';

/** Clients that a directory can tell apart: a bit each in its registers. */
export const MAX_COHERENT_CLIENTS = 64;

/** Pages of a region that is new in the directory, unless the specification says otherwise. */
const INITIAL_PAGES = 16;

const DEFAULTS = coherenceMapping.parse({});

type Written = Spec['features']['coherence'];

/** What was written, in short or in full, with the defaults that follow from the page size; undefined: off. */
export function coherenceOf(written: Written, pageSize: number): Coherence | undefined {
  const full = typeof written === 'string' ? { ...DEFAULTS, mode: written } : written;
  const { mode, regions, ...rest } = full;
  if (mode === 'off') return undefined;
  const smallest = regions.smallest ?? pageSize;
  return {
    ...rest,
    mode,
    regions: { smallest, initial: regions.initial ?? Math.max(smallest, INITIAL_PAGES * pageSize) },
  };
}

/** What has to hold of a fabric whose pages are cached. */
export function coherenceChecks(
  { target, features, pageSize, hosts, switches }: Lenient,
  report: (path: Path, message: string) => SpecProblem,
): SpecProblem[] {
  const written = features?.coherence;
  const coherence = written && coherenceOf(written, pageSize ?? 1);
  if (!coherence) return [];
  const at = ['features', 'coherence'];
  const problems: SpecProblem[] = [];
  const clients = hosts.filter(({ path }) => path[0] === 'clients').length;
  if (clients > MAX_COHERENT_CLIENTS) {
    problems.push(
      report(
        at,
        `found ${clients} clients, expected at most ${MAX_COHERENT_CLIENTS}: the directory has a bit for each`,
      ),
    );
  }
  if (switches.length > 1) {
    problems.push(report(at, 'pages can be cached only in a fabric of one switch, so far'));
  }
  if (target === 'tofino') problems.push(report(at, 'coherence is not in the program for Tofino yet'));
  if (pageSize === undefined) return problems;
  const { initial, smallest } = coherence.regions;
  if (smallest < pageSize) {
    problems.push(
      report(
        [...at, 'regions', 'smallest'],
        `found ${smallest} bytes, expected at least a page, ${pageSize} bytes`,
      ),
    );
  } else if (initial < smallest) {
    problems.push(
      report(
        [...at, 'regions', 'initial'],
        `found ${initial} bytes, expected at least the smallest region, ${smallest} bytes`,
      ),
    );
  }
  return problems;
}

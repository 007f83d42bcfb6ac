import type { Lenient } from './lenient.js';
import type { SpecProblem } from './problems.js';
import type { Path } from './source.js';
import { nearest } from './suggest.js';

type Report = (path: Path, message: string) => SpecProblem;

/** Node ids are 16 bits; 0 is none and 0xffff is the fabric itself. */
export const MAX_HOSTS = 0xfffe;

/** What has to hold where a fabric has several switches. */
export function fabricChecks(spec: Lenient, report: Report): SpecProblem[] {
  return [
    ...spec.links.flatMap((link) => ends(link, spec, report)),
    ...oneProgram(spec, report),
    ...connected(spec, report),
    ...attachments(spec, report),
    ...nodeIds(spec, report),
  ];
}

function ends({ between, wire, wires, path }: Lenient['links'][number], spec: Lenient, report: Report) {
  const names = spec.switches.flatMap(({ name }) => name ?? []);
  const problems: SpecProblem[] = [];
  for (const [i, end] of (between ?? []).entries()) {
    const at = [...path, 'between', i];
    const of = spec.switches.find(({ name }) => name === end.switch);
    if (!of) {
      const meant = nearest(end.switch, names);
      problems.push(
        report(
          at,
          `found switch "${end.switch}", expected one of ${names.join(', ')}` +
            (meant ? `; did you mean "${meant}"?` : ''),
        ),
      );
    } else if (end.port < 1 || end.port > 510) {
      problems.push(report(at, `found port ${end.port}, expected a port from 1 to 510`));
    } else if (end.port === of.cpuPort) {
      problems.push(report(at, `port ${end.port} is the CPU port of ${of.name}; choose another`));
    }
  }
  if (between && between[0].switch === between[1].switch) {
    problems.push(
      report([...path, 'between'], `both ends are at ${between[0].switch}; a link joins two switches`),
    );
  }
  if (wire !== undefined && wires !== undefined) {
    problems.push(report([...path, 'wires'], 'found both "wire" and "wires", expected one of them'));
  }
  return problems;
}

/** The program has the CPU port and the switch's MAC address as constants. */
function oneProgram({ switches: [first, ...others] }: Lenient, report: Report): SpecProblem[] {
  return others.flatMap((other) =>
    (['cpuPort', 'mac'] as const)
      .filter((key) => other[key] !== first?.[key])
      .map((key) =>
        report(
          [...other.path, key],
          `found ${other[key] ?? 'the default'}, expected ${first?.[key] ?? 'the default'} as at ` +
            `${first?.name}: one program runs on all switches`,
        ),
      ),
  );
}

/** Every switch can be reached from the first one. */
function connected({ switches, links }: Lenient, report: Report): SpecProblem[] {
  const [first] = switches;
  if (!first?.name || switches.some(({ name }) => name === undefined)) return [];
  const reached = new Set([first.name]);
  // Sets are walked in the order of insertion, and what is added on the way is walked too.
  for (const name of reached) {
    for (const { between } of links) {
      const [a, b] = between ?? [];
      if (a?.switch === name && b) reached.add(b.switch);
      if (b?.switch === name && a) reached.add(a.switch);
    }
  }
  return switches
    .filter(({ name }) => name !== undefined && !reached.has(name))
    .map(({ name, path }) =>
      report(path, `switch ${name} cannot be reached from ${first.name}: give it a link`),
    );
}

/** With one switch there is no doubt where a host is attached. */
function attachments({ switches, hosts }: Lenient, report: Report): SpecProblem[] {
  if (switches.length < 2) return [];
  const names = switches.map(({ name }) => name).join(', ');
  return hosts
    .filter((host) => host.switch === undefined)
    .map((host) => report(host.path, `missing key "switch", expected one of ${names}`));
}

function nodeIds({ hosts }: Lenient, report: Report): SpecProblem[] {
  if (hosts.length <= MAX_HOSTS) return [];
  return [
    report([], `found ${hosts.length} hosts, expected at most ${MAX_HOSTS}: there are no more node ids`),
  ];
}

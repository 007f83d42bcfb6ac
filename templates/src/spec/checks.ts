import { coherenceChecks } from './coherence.js';
import { fabricChecks } from './fabric-checks.js';
import type { At, Lenient, LenientHost } from './lenient.js';
import type { SpecProblem } from './problems.js';
import { macOfNode, udpEnds } from './scalars.js';
import { dotted, type Path, type SpecSource } from './source.js';
import { nearest } from './suggest.js';
import { switchWire } from './wires.js';

/** The MAC address of a switch unless the specification says otherwise: that of the anycast node. */
export const DEFAULT_SWITCH_MAC = macOfNode(0xffff);

/** Where the switch with this index listens unless the specification says otherwise. */
export const defaultP4Runtime = (index: number): string => `127.0.0.1:${9559 + index}`;

/** What has to hold between the fields of a specification. */
export function crossChecks(spec: Lenient, source: SpecSource): SpecProblem[] {
  const problem = (path: Path, message: string) => source.problem(path, message);
  return [
    ...twice('name', [...spec.switches, ...spec.hosts].map(field('name')), problem),
    ...twice('node id', spec.hosts.map(field('node')), problem, hex),
    ...twice('MAC address', macs(spec), problem),
    ...twice('port', ports(spec), problem),
    ...twice('P4Runtime address', p4runtimes(spec), problem),
    ...twice('address', wireAddresses(spec), problem),
    ...spec.hosts.flatMap((host) => [
      ...cpuPort(host, spec, problem),
      ...capacity(host, spec, problem),
      ...attachment(host, spec, problem),
      ...oneWire(host, problem),
      ...sharedByChance(host, spec, problem),
    ]),
    ...tableSizes(spec, problem),
    ...fabricChecks(spec, problem),
    ...coherenceChecks(spec, problem),
    ...protection(spec, problem),
  ];
}

type Report = (path: Path, message: string) => SpecProblem;
interface Sighting {
  readonly value: string | number | undefined;
  readonly path: Path;
}

const hex = (value: string | number): string => `0x${Number(value).toString(16)}`;

const field =
  <K extends string>(key: K) =>
  (item: At<Partial<Record<K, string | number>>>): Sighting => ({
    value: item[key],
    path: [...item.path, key],
  });

/** Reports every sighting but the first of each value. */
function twice(
  what: string,
  sightings: readonly Sighting[],
  report: Report,
  write: (value: string | number) => string = String,
): SpecProblem[] {
  const first = new Map<string | number, Path>();
  return sightings.flatMap(({ value, path }) => {
    if (value === undefined) return [];
    const taken = first.get(value);
    if (taken) return [report(path, `${what} ${write(value)} is used twice, first by ${dotted(taken)}`)];
    first.set(value, path);
    return [];
  });
}

function macs(spec: Lenient): Sighting[] {
  // All switches have one MAC address (fabricChecks), so that of the first stands for them.
  const switches = spec.switches.slice(0, 1).map(({ mac, path }) => ({
    value: mac ?? DEFAULT_SWITCH_MAC,
    path: [...path, 'mac'],
  }));
  // Two hosts that share a node id share the MAC made from it; that is told once, as the node id.
  const nodes = new Set<number>();
  const hosts = spec.hosts.flatMap(({ mac, node, path }) => {
    const derived = mac === undefined && node !== undefined;
    if (derived && nodes.has(node)) return [];
    if (derived) nodes.add(node);
    return [{ value: derived ? macOfNode(node) : mac, path: [...path, 'mac'] }];
  });
  return [...switches, ...hosts];
}

function ports(spec: Lenient): Sighting[] {
  const hosts = spec.hosts.map(({ port, path, ...host }) => ({
    value: port === undefined ? undefined : `${port} of ${switchOf(host, spec) ?? 'the switch'}`,
    path: [...path, 'port'],
  }));
  const trunks = spec.links.flatMap(({ between, path }) =>
    (between ?? []).map((end, i) => ({
      value: `${end.port} of ${end.switch}`,
      path: [...path, 'between', i],
    })),
  );
  return [...hosts, ...trunks];
}

/** Behind port 0 the system chooses, so that is never taken. One server may have several devices. */
function p4runtimes(spec: Lenient): Sighting[] {
  return spec.switches.map(({ p4runtime, deviceId, path }, index) => {
    const address = p4runtime ?? defaultP4Runtime(index);
    const value = address.endsWith(':0') ? undefined : `${address}, device ${deviceId ?? index + 1}`;
    return { value, path: [...path, 'p4runtime'] };
  });
}

/** Every address that some process would bind, on the hosts' side and on the switch's. */
function wireAddresses(spec: Lenient): Sighting[] {
  const cables = [
    ...spec.hosts.map((host) => ({ ...host, ends: [host.wires?.host, host.wires?.switch] })),
    ...spec.links.map((link) => ({ ...link, ends: link.wires ?? [] })),
  ];
  return cables.flatMap(({ wire, ends: [first, second], path }) => [
    { value: bound(wire ?? first, spec), path: [...path, wire ? 'wire' : 'wires'] },
    { value: bound(wire ? switchWire(wire) : second, spec), path: [...path, wire ? 'wire' : 'wires'] },
  ]);
}

function bound(end: string | undefined, { target }: Lenient): string | undefined {
  // Around a Tofino every host is a machine of its own, and all of them may have an eth0.
  if (end?.startsWith('if:')) return target === 'tofino' ? undefined : end;
  const local = udpEnds(end ?? '')?.local.replace(/^localhost:/, '127.0.0.1:');
  // Hosts on different machines may all listen on "any address".
  return local === undefined || /^(0\.0\.0\.0|\[::\]):/.test(local) ? undefined : local;
}

const switchOf = (host: { switch?: string }, spec: Lenient): string | undefined =>
  host.switch ?? spec.switches[0]?.name;

function cpuPort(host: At<LenientHost>, spec: Lenient, report: Report): SpecProblem[] {
  const of = spec.switches.find(({ name }) => name === switchOf(host, spec));
  if (host.port === undefined || host.port !== of?.cpuPort) return [];
  return [report([...host.path, 'port'], `port ${host.port} is the CPU port of ${of.name}; choose another`)];
}

function capacity(host: At<LenientHost>, spec: Lenient, report: Report): SpecProblem[] {
  const { capacity } = host;
  if (capacity === undefined || spec.pageSize === undefined || capacity % spec.pageSize === 0) return [];
  return [
    report(
      [...host.path, 'capacity'],
      `found ${capacity} bytes, expected a multiple of the page size, ${spec.pageSize} bytes`,
    ),
  ];
}

function attachment(host: At<LenientHost>, spec: Lenient, report: Report): SpecProblem[] {
  const names = spec.switches.flatMap(({ name }) => name ?? []);
  if (host.switch === undefined || names.includes(host.switch)) return [];
  const meant = nearest(host.switch, names);
  return [
    report(
      [...host.path, 'switch'],
      `found "${host.switch}", expected the name of a switch of this fabric: ${names.join(', ')}` +
        (meant ? `; did you mean "${meant}"?` : ''),
    ),
  ];
}

function oneWire({ wire, wires, path }: At<LenientHost>, report: Report): SpecProblem[] {
  if (wire === undefined || wires === undefined) return [];
  return [report([...path, 'wires'], 'found both "wire" and "wires", expected one of them')];
}

/** Whoever shares a domain may use the same memory, so that has to be written down by all who do. */
function sharedByChance({ domain, path }: At<LenientHost>, spec: Lenient, report: Report): SpecProblem[] {
  if (domain === undefined) return [];
  const other = spec.hosts.find(
    (host) => host.path[0] === 'clients' && host.domain === undefined && host.node === domain,
  );
  if (other === undefined || other.path[1] === path[1]) return [];
  const found = `domain ${domain} is that of ${dotted(other.path)} by default`;
  return [report([...path, 'domain'], `${found}; to share it, write "domain: ${domain}" there, too`)];
}

function protection({ target, features }: Lenient, report: Report): SpecProblem[] {
  if (target !== 'tofino' || features?.protection !== 'capability') return [];
  return [report(['features', 'protection'], 'capabilities are not in the program for Tofino yet')];
}

function tableSizes(spec: Lenient, report: Report): SpecProblem[] {
  const hosts = spec.hosts.length;
  const { tables } = spec;
  if (!tables) return [];
  return (['sources', 'routes', 'stations'] as const)
    .filter((table) => tables[table] < hosts)
    .map((table) =>
      report(
        ['tables', table],
        `found room for ${tables[table]}, expected at least ${hosts}: one for each host`,
      ),
    );
}

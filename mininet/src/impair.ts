import type { Fabric, Impairments } from '@bluebridge/templates';
import { MininetError } from './errors.js';

/** What goes wrong, and where: on the cable of a host (`h1`), between two switches (`leaf1-spine1`), or on every cable. */
export interface Impairment {
  readonly where?: string;
  readonly impair: Impairments;
}

const KEYS = ['loss', 'duplicate', 'reorder', 'delayMs'] as const;
const EXPECTED =
  'expected for example loss=0.01,delayMs=2 or h3:loss=0.1 or leaf1-spine1:reorder=0.2; ' +
  'loss, duplicate and reorder are probabilities from 0 to 1, delayMs is in milliseconds';

/** `[WHERE:]KEY=NUMBER,...`. @throws MininetError MININET_USAGE */
export function parseImpairment(text: string): Impairment {
  const colon = text.indexOf(':');
  const where = colon < 0 ? undefined : text.slice(0, colon);
  const impair: Partial<Record<(typeof KEYS)[number], number>> = {};
  for (const part of text.slice(colon + 1).split(',')) {
    const [key, number] = part.split('=') as [string, string | undefined];
    const value = number ? Number(number) : Number.NaN;
    const known = KEYS.find((k) => k === key);
    if (!known) {
      throw usage(`--impair ${text}: found "${key}", which no port of a switch can do; ${EXPECTED}`);
    }
    const most = known === 'delayMs' ? 60_000 : 1;
    if (!(value >= 0 && value <= most)) throw usage(`--impair ${text}: found ${part}; ${EXPECTED}`);
    impair[known] = value;
  }
  return { ...(where !== undefined && { where }), impair };
}

/** Make cables worse; a later impairment of a cable replaces the keys of an earlier one. @throws MininetError MININET_USAGE for one that is not there */
export function impairLinks(fabric: Fabric, impairments: readonly Impairment[]): Fabric {
  let { servers, clients, links } = fabric;
  for (const { where, impair } of impairments) {
    let met = 0;
    const worse = <C extends { readonly impair?: Impairments }>(cable: C, names: readonly string[]): C => {
      if (where !== undefined && !names.includes(where)) return cable;
      met++;
      return { ...cable, impair: { ...cable.impair, ...impair } };
    };
    servers = servers.map((host) => worse(host, [host.name]));
    clients = clients.map((host) => worse(host, [host.name]));
    links = links.map((link) => {
      const [a, b] = link.ends;
      return worse(link, [`${a.switch}-${b.switch}`, `${b.switch}-${a.switch}`]);
    });
    if (met === 0) {
      const [link] = fabric.links;
      const example = link ? ` or ${link.ends[0].switch}-${link.ends[1].switch}` : '';
      throw usage(
        `--impair: there is no cable ${where}; one is named after its host, such as ${fabric.servers[0]?.name}${example}`,
      );
    }
  }
  return { ...fabric, servers, clients, links };
}

const usage = (message: string): MininetError => new MininetError('MININET_USAGE', message);

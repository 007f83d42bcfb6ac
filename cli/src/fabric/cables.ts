import type { Fabric } from '@bluebridge/templates';
import { type Wire, wirePair } from 'ethernet-wire';
import { impaired, seedOf } from './impairments.js';

/** A cable between two switches in this process, which can be cut and mended. */
export class Cable {
  private cut = false;

  /** @returns a wire that goes through the cable: while it is cut, what is sent is lost, as a network does not tell either */
  through(wire: Wire): Wire {
    const isCut = (): boolean => this.cut;
    return new Proxy(wire, {
      get(target, key) {
        if (key === 'send') return (frame: Uint8Array) => isCut() || target.send(frame);
        const value: unknown = Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  fail(): void {
    this.cut = true;
  }

  heal(): void {
    this.cut = false;
  }
}

/** All cables of a fabric in one process. */
export interface Cabling {
  /** By switch, then by port: the switch's ends. */
  readonly ports: ReadonlyMap<string, ReadonlyMap<number, Wire>>;
  /** By host: its own end. */
  readonly hosts: ReadonlyMap<string, Wire>;
  /** By the names of the two switches, `leaf1 spine1`; in the order of the specification. */
  readonly between: ReadonlyMap<string, Cable>;
}

export function layCables(fabric: Fabric): Cabling {
  const ports = new Map(fabric.switches.map(({ name }) => [name, new Map<number, Wire>()]));
  const hosts = new Map<string, Wire>();
  const between = new Map<string, Cable>();
  for (const host of [...fabric.servers, ...fabric.clients]) {
    const [switchEnd, hostEnd] = wirePair({ names: [`${host.switch} port ${host.port}`, host.name] });
    const seed = seedOf(fabric, host.switch, host.port);
    ports.get(host.switch)?.set(host.port, impaired(switchEnd, host.impair, 'both', seed));
    hosts.set(host.name, hostEnd);
  }
  for (const { ends, impair } of fabric.links) {
    const cable = new Cable();
    const [a, b] = ends;
    between.set(`${a.switch} ${b.switch}`, cable);
    const pair = wirePair({ names: [`${a.switch} port ${a.port}`, `${b.switch} port ${b.port}`] });
    for (const [i, end] of ends.entries()) {
      const wire = cable.through(pair[i]!);
      const seed = seedOf(fabric, end.switch, end.port);
      ports.get(end.switch)?.set(end.port, impaired(wire, impair, 'send', seed));
    }
  }
  return { ports, hosts, between };
}

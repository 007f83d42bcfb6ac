import type { ClientSpec, Fabric, ServerSpec } from '@bluebridge/templates';
import { openWire, type Wire } from 'ethernet-wire';
import { EXIT, Failure } from '../failure.js';
import { impaired, seedOf, trunksOf } from './impairments.js';

type Host = ServerSpec | ClientSpec;

/** Open one end of a host's cable. @throws Failure where the specification gives none, WireError */
export function openEnd(host: Host, end: 'host' | 'switch'): Promise<Wire> {
  if (!host.wires) {
    throw new Failure(
      `${host.name} has no wire in the specification, which it needs to run as a process of its own; ` +
        `give it one, for example wire: "udp:127.0.0.1:7101,127.0.0.1:7001"`,
      EXIT.USAGE,
    );
  }
  return openWire(host.wires[end]);
}

/** One port of a switch: its number, and how to open its wire. */
interface Port {
  readonly port: number;
  readonly open: () => Promise<Wire>;
}

/** Open a switch's end of every cable, as bad as the specification makes it; if one cannot be opened, none stays open. */
export async function openSwitchEnds(fabric: Fabric, name: string): Promise<Map<number, Wire>> {
  const ports = [...hostPorts(fabric, name), ...trunkPorts(fabric, name)];
  const opened = await Promise.allSettled(ports.map(({ open }) => open()));
  const failed = opened.find((o) => o.status === 'rejected');
  if (failed) {
    await Promise.all(opened.map((o) => (o.status === 'fulfilled' ? o.value.close() : undefined)));
    throw failed.reason;
  }
  return new Map(opened.map((o, i) => [ports[i]!.port, (o as PromiseFulfilledResult<Wire>).value]));
}

const hostPorts = (fabric: Fabric, name: string): Port[] =>
  [...fabric.servers, ...fabric.clients]
    .filter((host) => host.switch === name)
    .map((host) => ({
      port: host.port,
      open: async () =>
        impaired(await openEnd(host, 'switch'), host.impair, 'both', seedOf(fabric, name, host.port)),
    }));

const trunkPorts = (fabric: Fabric, name: string): Port[] =>
  trunksOf(fabric, name).map(({ link, end, port }) => ({
    port,
    open: async () => {
      const [a, b] = link.ends;
      if (!link.wires) {
        throw new Failure(
          `the link from ${a.switch} port ${a.port} to ${b.switch} port ${b.port} has no wire in the specification, which it needs where switches are processes ` +
            'of their own; give it one, for example wire: "udp:127.0.0.1:7201,127.0.0.1:7301"',
          EXIT.USAGE,
        );
      }
      return impaired(await openWire(link.wires[end]), link.impair, 'send', seedOf(fabric, name, port));
    },
  }));

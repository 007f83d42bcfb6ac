import type { ClientSpec, Fabric, ServerSpec } from '@bluebridge/templates';
import { hostInterface, switchInterface } from './interfaces.js';

/** Where a switch listens for the controller, counted from 0; every run has a loopback of its own. */
export const p4runtimeOf = (index: number): string => `127.0.0.1:${9559 + index}`;

/**
 * The specification that the processes in Mininet read: that of `fabric`, with an interface at both ends of every cable, and P4Runtime on the
 * loopback of the run's namespace.
 */
export function mininetSpec(fabric: Fabric): string {
  const host = <H extends ServerSpec | ClientSpec>({ wires: _, ...rest }: H) => ({
    ...rest,
    wires: {
      host: `if:${hostInterface(rest)}`,
      switch: `if:${switchInterface(rest.switch, rest.port)}`,
    },
  });
  const spec = {
    ...fabric,
    switches: fabric.switches.map((s, index) => ({
      ...s,
      p4runtime: p4runtimeOf(index),
      deviceId: Number(s.deviceId),
    })),
    links: fabric.links.map(({ ends, impair }) => ({
      between: ends.map((end) => `${end.switch}:${end.port}`),
      wires: ends.map((end) => `if:${switchInterface(end.switch, end.port)}`),
      impair,
    })),
    servers: fabric.servers.map(host),
    clients: fabric.clients.map(host),
  };
  return `${JSON.stringify(spec, null, 2)}\n`;
}

/**
 * The specification of somebody who sits behind `liar`'s cable and says that it is `victim`.
 */
export function spoofedSpec(fabric: Fabric, victim: ClientSpec, liar: ClientSpec): string {
  const spec = JSON.parse(mininetSpec(fabric)) as { clients: { name: string; wires: { host: string } }[] };
  spec.clients = spec.clients.filter((c) => c.name === victim.name);
  spec.clients[0]!.wires.host = `if:${hostInterface(liar)}`;
  return `${JSON.stringify(spec, null, 2)}\n`;
}

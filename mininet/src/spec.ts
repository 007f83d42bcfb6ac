import type { ClientSpec, Fabric, ServerSpec } from '@bluebridge/templates';
import { hostInterface, switchInterface } from './interfaces.js';

/** Where switches listen for the controller; every run has a loopback of its own. */
export const P4RUNTIME = '127.0.0.1:9559';

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
    switches: fabric.switches.map((s) => ({ ...s, p4runtime: P4RUNTIME, deviceId: Number(s.deviceId) })),
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

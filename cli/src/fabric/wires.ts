import type { ClientSpec, Fabric, ServerSpec } from '@bluebridge/templates';
import { openWire, type Wire } from 'ethernet-wire';
import { EXIT, Failure } from '../failure.js';

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

/** Open the switch's end of every cable; if one cannot be opened, none stays open. */
export async function openSwitchEnds(fabric: Fabric): Promise<Map<number, Wire>> {
  const hosts = [...fabric.servers, ...fabric.clients];
  const opened = await Promise.allSettled(hosts.map(async (host) => openEnd(host, 'switch')));
  const failed = opened.find((o) => o.status === 'rejected');
  if (failed) {
    await Promise.all(opened.map((o) => (o.status === 'fulfilled' ? o.value.close() : undefined)));
    throw failed.reason;
  }
  return new Map(opened.map((o, i) => [hosts[i]!.port, (o as PromiseFulfilledResult<Wire>).value]));
}

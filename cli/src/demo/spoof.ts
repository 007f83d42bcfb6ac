import { type Region, wire } from '@bluebridge/memory';
import type { LocalFabric } from '../fabric/local-fabric.js';

interface Host {
  readonly name: string;
  readonly node: number;
  readonly mac: string;
}

/** `liar` asks to read what `victim` owns, in the victim's name, from the liar's own port. */
export function spoof({ fabric, wireOf }: LocalFabric, victim: Host, liar: Host, region: Region): void {
  const message = Object.assign(new wire.Message(), {
    prefix: fabric.prefix,
    client: victim.node,
    clientPort: 40_000,
    op: wire.Op.READ,
    node: region.node,
    pointer: region.pointer,
    length: fabric.pageSize,
  });
  const to = wire.macBytes(fabric.switches[0]!.mac);
  const frame = wire.encodeFrame(message, to, wire.macBytes(victim.mac), undefined, fabric.udpPort);
  wireOf(liar.name).send(frame);
}

import type { Fabric } from '@bluebridge/templates';
import { PcapngWriter } from 'ethernet-wire';
import type { FrameTap } from 'p4-switch';

/**
 * Writes what crosses a switch to a pcapng file: each port is an interface, named after the host behind it. Frames for and from the
 * controller carry a header of the program in front of them and are left out: they are seen at the port that they came in or go out by.
 */
export class PcapTap {
  private readonly interfaces = new Map<number, number>();

  private constructor(private readonly writer: PcapngWriter) {}

  /** @throws WireError when the file cannot be written */
  static open(path: string, fabric: Fabric): PcapTap {
    const tap = new PcapTap(new PcapngWriter(path));
    const name = fabric.switches[0]!.name;
    for (const host of [...fabric.servers, ...fabric.clients]) {
      tap.interfaces.set(host.port, tap.writer.addInterface(`${name}-port${host.port} ${host.name}`));
    }
    return tap;
  }

  readonly onFrame: FrameTap = (direction, port, bytes) => {
    const number = this.interfaces.get(port);
    if (number !== undefined) this.writer.append(number, direction, bytes);
  };

  async close(): Promise<void> {
    this.writer.close();
  }
}

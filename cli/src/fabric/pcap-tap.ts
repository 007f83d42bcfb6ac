import type { Fabric } from '@bluebridge/templates';
import { PcapngWriter } from 'ethernet-wire';
import type { FrameTap } from 'p4-switch';

/**
 * Writes what crosses switches to a pcapng file: each port is an interface, named after the host or the switch behind it. Frames for and from the
 * controller carry a header of the program in front of them and are left out: they are seen at the port that they came in or go out by.
 */
export class PcapTap {
  /** By `switch:port`. */
  private readonly interfaces = new Map<string, number>();

  private constructor(private readonly writer: PcapngWriter) {}

  /** @throws WireError when the file cannot be written */
  static open(path: string, fabric: Fabric): PcapTap {
    const tap = new PcapTap(new PcapngWriter(path));
    const add = (name: string, port: number, other: string): void => {
      tap.interfaces.set(`${name}:${port}`, tap.writer.addInterface(`${name}-port${port} ${other}`));
    };
    for (const host of [...fabric.servers, ...fabric.clients]) add(host.switch, host.port, host.name);
    for (const { ends } of fabric.links) {
      for (const [i, end] of ends.entries()) add(end.switch, end.port, ends[1 - i]!.switch);
    }
    return tap;
  }

  /** What crosses one switch. */
  of(name: string): FrameTap {
    return (direction, port, bytes) => {
      const number = this.interfaces.get(`${name}:${port}`);
      if (number !== undefined) this.writer.append(number, direction, bytes);
    };
  }

  async close(): Promise<void> {
    this.writer.close();
  }
}

/** What the processes of the veth case say to each other. All of them run in one network namespace. */

/** Who carries frames from the client's interface to the server's. */
export type SwitchName = 'bluebridge' | 'bmv2' | 'bare veth';

/** The case to the lab: measure this. */
export interface Measure {
  readonly through: SwitchName;
  /** Length of one trial. */
  readonly seconds: number;
}

/** The lab to the case. */
export type LabSays =
  | 'ready'
  | { readonly measured: Readonly<Record<string, number>> }
  | { readonly failed: string };

/** The lab to the load process: keep `window` frames in flight for so long. */
export interface Ordered {
  readonly load: 'read' | 'write';
  readonly throughSwitch: boolean;
  readonly window: number;
  readonly seconds: number;
}

export interface Sent {
  readonly sent: number;
  /** Frames that arrived as the program has to leave them, and other ones. */
  readonly right: number;
  readonly wrong: number;
  /** Right frames a second while the generator sent. */
  readonly rate: number;
}

/** Interface names: the host's end and the switch's end of a cable. */
export const hostEnd = (port: number): string => `h${port}`;
export const switchEnd = (port: number): string => `s${port}`;

/** Pages that the load goes round: entries in the permission table. */
export const PAGES = 256;

/** The quick start's hosts, on interfaces. */
export const LAB_SPEC = `
name: lab
mtu: 1500
switches: [{ name: s1 }]
servers:
  - { name: m1, node: 0x101, port: 1, capacity: 16MiB, wires: { host: "if:h1", switch: "if:s1" } }
  - { name: m2, node: 0x102, port: 2, capacity: 16MiB, wires: { host: "if:h2", switch: "if:s2" } }
clients:
  - { name: alice, node: 0x1, port: 3, wires: { host: "if:h3", switch: "if:s3" } }
  - { name: bob, node: 0x2, port: 4, wires: { host: "if:h4", switch: "if:s4" } }
tables: { permissions: 4096 }
`;

import { wire } from '@bluebridge/memory';
import type { Fabric, LinkSpec, SwitchPort } from '@bluebridge/templates';
import type { Outgoing } from '../punt/outcome.js';
import { decodeHello, encodeHello } from './hello.js';

export interface LivenessOptions {
  /** So many hellos in a row that were not heard make a link suspect. */
  readonly deadAfter?: number;
  readonly nonce?: bigint;
}

/** What a hello told. */
export type Heard =
  /** Nothing new. */
  | { readonly kind: 'known' }
  /** A link is fit to be used again. */
  | { readonly kind: 'usable'; readonly link: LinkSpec }
  /** The cable is not where the specification says. */
  | { readonly kind: 'miscabled'; readonly from: SwitchPort; readonly expected?: SwitchPort };

interface State {
  readonly link: LinkSpec;
  /** Hellos since the last one that was heard, at either end. */
  readonly missed: [number, number];
}

/**
 * Which links of a fabric are fit to be used: both switches have a session, and hellos get through in both directions. It counts hellos and not time, so that a controller that was
 * held up does not take its own delay for a link's. P4Runtime tells of no ports; hellos work on every target. Pure; the caller sends, and keeps the time.
 */
export class Liveness {
  private readonly deadAfter: number;
  private readonly nonce: bigint;
  private readonly attached = new Set<string>();
  private readonly states: State[];
  /** By `switch:port`: the link, and which of its ends that is. */
  private readonly ends = new Map<string, { readonly state: State; readonly end: 0 | 1 }>();

  constructor(
    private readonly fabric: Fabric,
    { deadAfter = 4, nonce = 0n }: LivenessOptions = {},
  ) {
    this.deadAfter = deadAfter;
    this.nonce = nonce;
    this.states = fabric.links.map((link) => ({ link, missed: [0, 0] }));
    for (const state of this.states) {
      for (const end of [0, 1] as const) this.ends.set(nameOf(state.link.ends[end]), { state, end });
    }
  }

  readonly isUsable = (link: LinkSpec): boolean => {
    const found = this.ends.get(nameOf(link.ends[0]));
    return found !== undefined && this.usable(found.state);
  };

  /** The fabric's program runs on a switch, and its frames get here. Its links are trusted until their hellos stay away. */
  attach(name: string): void {
    this.attached.add(name);
    for (const { link, missed } of this.states) {
      if (link.ends.some((end) => end.switch === name)) missed.fill(0);
    }
  }

  detach(name: string): void {
    this.attached.delete(name);
  }

  /** It is time for hellos. @returns those to send, and the links that have become suspect */
  tick(): { readonly send: readonly Outgoing[]; readonly suspect: readonly LinkSpec[] } {
    const send: Outgoing[] = [];
    const suspect: LinkSpec[] = [];
    for (const state of this.states) {
      const { link, missed } = state;
      if (!link.ends.every((end) => this.attached.has(end.switch))) continue;
      const before = this.usable(state);
      missed[0]++;
      missed[1]++;
      if (before && !this.usable(state)) suspect.push(link);
      for (const end of link.ends) send.push(this.hello(end));
    }
    return { send, suspect };
  }

  /** A hello came in at a port. Of frames that are none, and of other controllers' hellos, nothing is to be learnt. */
  heard(at: SwitchPort, frame: Uint8Array): Heard {
    const hello = decodeHello(frame);
    if (!hello || hello.nonce !== this.nonce) return { kind: 'known' };
    const found = this.ends.get(nameOf(at));
    const expected = found?.state.link.ends[found.end === 0 ? 1 : 0];
    if (!found || !expected || nameOf(expected) !== nameOf(hello)) {
      return { kind: 'miscabled', from: { switch: hello.switch, port: hello.port }, expected };
    }
    const { state, end } = found;
    const before = this.usable(state);
    state.missed[end] = 0;
    return !before && this.usable(state) ? { kind: 'usable', link: state.link } : { kind: 'known' };
  }

  private usable({ link, missed }: State): boolean {
    return (
      link.ends.every((end) => this.attached.has(end.switch)) &&
      missed[0] <= this.deadAfter &&
      missed[1] <= this.deadAfter
    );
  }

  private hello(from: SwitchPort): Outgoing {
    const { mac } = this.fabric.switches.find((s) => s.name === from.switch)!;
    const frame = encodeHello({ ...from, nonce: this.nonce }, wire.macBytes(mac));
    return { switch: from.switch, port: from.port, frame };
  }
}

const nameOf = ({ switch: name, port }: SwitchPort): string => `${name}:${port}`;

/** `leaf1:101 - spine1:1` */
export const describeLink = ({ ends }: LinkSpec): string => ends.map(nameOf).join(' - ');

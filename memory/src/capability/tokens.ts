import type { Message } from '../wire/index.js';
import { type Capability, startOf } from './token.js';

/** Tokens kept at most; the oldest go first. A fabric has one an allocation and right. */
const MOST = 4096;

/** The capabilities that a client has been given, by node and range. The one asked for last counts. Pure. */
export class Tokens {
  readonly #tokens = new Map<string, Capability>();
  /** Ranges, as log2 of their bytes, of which there are or were tokens. */
  readonly #ranges = new Set<number>();

  /** @param start of the bytes that are to be used. @returns the token for the smallest range around them, or undefined */
  find(node: number, start: number): Capability | undefined {
    let found: Capability | undefined;
    for (const range of this.#ranges) {
      if (found !== undefined && found.range < range) continue;
      found = this.#tokens.get(keyOf(node, start, range)) ?? found;
    }
    return found;
  }

  /** @param answer the REPLY to CAPABILITY. @returns the token in it */
  add(answer: Message): Capability {
    const { rights, range, keyEpoch: epoch, macLow, macHigh, node, offsetInNode } = answer;
    const token = { rights, range, epoch, macLow, macHigh };
    this.#ranges.add(range);
    const key = keyOf(node, offsetInNode, range);
    this.#tokens.delete(key);
    this.#tokens.set(key, token);
    if (this.#tokens.size > MOST) this.#tokens.delete(this.#tokens.keys().next().value!);
    return token;
  }

  /** It was refused. */
  forget(node: number, start: number, { range }: Capability): void {
    this.#tokens.delete(keyOf(node, start, range));
  }
}

function keyOf(node: number, start: number, range: number): string {
  return `${node}/${range}/${startOf(start, range)}`;
}

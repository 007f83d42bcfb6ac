import type { Grant } from './order.js';

interface Last extends Grant {
  readonly region: number;
}

/** The last grant that this client had in each region it may have copies of: what a DROP has to name. Pure. */
export class Regions {
  readonly #last = new Map<string, Last>();

  /** @param region log2 of its bytes */
  granted(node: number, page: number, region: number, { generation, number }: Grant): void {
    this.#last.set(keyOf(node, page, region), { generation, number, region });
  }

  last(node: number, page: number, region: number): Grant | undefined {
    return this.#last.get(keyOf(node, page, region));
  }

  forget(node: number, page: number, region: number): void {
    this.#last.delete(keyOf(node, page, region));
  }

  clear(): void {
    this.#last.clear();
  }
}

function keyOf(node: number, page: number, region: number): string {
  return `${node}/${region}/${Math.floor(page / 2 ** region)}`;
}

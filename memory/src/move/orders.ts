import type { MoveOrder } from '../wire/index.js';

/** Numbers the steps that one controller asks for, over all servers. */
export class MoveOrders {
  #sequence = 0;

  /** @param session milliseconds since 1970: above that of every controller before */
  constructor(private readonly session: bigint = BigInt(Date.now())) {}

  next(): MoveOrder {
    this.#sequence++;
    return { session: this.session, sequence: this.#sequence };
  }
}

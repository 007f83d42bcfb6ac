import assert from 'node:assert/strict';

/** What one client did to one counter, and when it asked and heard (in the order of events). `value`: before adding, or what was read. */
interface Count {
  readonly kind: 'add' | 'read';
  readonly began: number;
  /** Infinity: nobody knows whether it took effect. */
  ended: number;
  value: number;
}

/**
 * A history of a counter that is only ever added 1 to and read. Such a history is linearizable exactly if every value was handed out once, what began after
 * another had ended has a greater one, and a read shows no fewer than had been added before it began and no more than had begun before it ended.
 */
export class Counting {
  readonly #counts: Count[] = [];
  #time = 0;

  async add(add: () => Promise<bigint>): Promise<void> {
    await this.#record('add', add);
  }

  async read(read: () => Promise<bigint>): Promise<void> {
    await this.#record('read', read);
  }

  async #record(kind: Count['kind'], run: () => Promise<bigint>): Promise<void> {
    const count: Count = { kind, began: this.#time++, ended: Number.POSITIVE_INFINITY, value: -1 };
    this.#counts.push(count);
    count.value = Number(await run());
    count.ended = this.#time++;
  }

  /** @throws AssertionError saying what cannot be */
  check(): void {
    const adds = this.#counts.filter(({ kind, value }) => kind === 'add' && value >= 0);
    const unknown = this.#counts.filter(({ kind, value }) => kind === 'add' && value < 0).length;
    adds.sort((a, b) => a.value - b.value);
    let earliestEnd = Number.POSITIVE_INFINITY;
    for (let i = adds.length - 1; i >= 0; i--) {
      const { value, began, ended } = adds[i]!;
      assert.notEqual(adds[i + 1]?.value, value, `the value ${value} was handed out twice`);
      assert.ok(earliestEnd > began, `the add of ${value} began after a later one had ended`);
      earliestEnd = Math.min(earliestEnd, ended);
    }
    const last = adds.at(-1)?.value ?? -1;
    assert.ok(
      last < adds.length + unknown,
      `${adds.length} adds and ${unknown} unknown gave the value ${last}`,
    );
    for (const { kind, value, began, ended } of this.#counts) {
      if (kind !== 'read' || value < 0) continue;
      for (const add of adds) {
        if (add.ended < began)
          assert.ok(add.value < value, `a read of ${value} after the add of ${add.value} had ended`);
        if (add.began > ended)
          assert.ok(add.value >= value, `a read of ${value} before the add of ${add.value} began`);
      }
    }
  }

  get length(): number {
    return this.#counts.length;
  }
}

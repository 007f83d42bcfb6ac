import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EVICTIONS } from '../cache/policy.js';
import { type PagedMemory, Pager, type PagerOptions } from './pager.js';
import type { PageStore } from './store.js';

const PAGE = 4;

/** Memory as a processor sees it, one byte a page; what it touches faults as the kernel says. */
class Memory implements PagedMemory {
  readonly there = new Map<number, { byte: number; isProtected: boolean }>();
  readonly lost: number[] = [];
  woken: number[] = [];
  most = 0;
  install(page: number, bytes: Uint8Array, isProtected: boolean): void {
    assert.ok(!this.there.has(page), 'no page is put in place twice');
    this.there.set(page, { byte: bytes[0]!, isProtected });
    this.most = Math.max(this.most, this.there.size);
    this.woken.push(page);
  }
  protect(page: number): void {
    this.there.get(page)!.isProtected = true;
  }
  unprotect(page: number): void {
    this.there.get(page)!.isProtected = false;
    this.woken.push(page);
  }
  wake(page: number): void {
    this.woken.push(page);
  }
  copyOut(page: number, into: Uint8Array): void {
    const { byte, isProtected } = this.there.get(page)!;
    assert.ok(isProtected, 'nobody may write to what is copied out');
    into.fill(byte);
  }
  drop(page: number): void {
    assert.ok(this.there.get(page)!.isProtected, 'nobody may write to what is dropped');
    this.there.delete(page);
  }
  lose(page: number): void {
    this.lost.push(page);
  }
}

/** A store that answers when it is told to, or at once. */
class Store implements PageStore {
  readonly isPersistent = true;
  readonly bytes = new Map<number, number>();
  readonly open: (() => void)[] = [];
  fails: ((what: 'read' | 'write', page: number) => boolean) | undefined;
  constructor(private readonly answersAtOnce: boolean) {}
  read(page: number, into: Uint8Array) {
    return this.#do('read', page, () => into.fill(this.bytes.get(page) ?? 0));
  }
  write(page: number, bytes: Uint8Array) {
    const [byte] = bytes;
    return this.#do('write', page, () => this.bytes.set(page, byte!));
  }
  flush(): undefined {}
  async close(): Promise<void> {}

  /** @returns whether there was anything to answer */
  async answer(which: number): Promise<boolean> {
    const [answer] = this.open.splice(which % Math.max(1, this.open.length), 1);
    answer?.();
    for (let i = 0; i < 10; i++) await Promise.resolve();
    return answer !== undefined;
  }

  #do(what: 'read' | 'write', page: number, act: () => void): Promise<void> | undefined {
    if (this.answersAtOnce) {
      act();
      return undefined;
    }
    return new Promise((resolve, reject) =>
      this.open.push(() => {
        if (this.fails?.(what, page)) return reject(new Error(`${what} of page ${page} failed`));
        act();
        resolve();
      }),
    );
  }
}

const OPTIONS: PagerOptions = { pages: 12, pageSize: PAGE, frames: 3, eviction: 'clock', prefetch: 4 };

class Rig {
  readonly memory = new Memory();
  readonly store: Store;
  readonly pager: Pager;
  constructor(answersAtOnce: boolean, options: Partial<PagerOptions> = {}) {
    this.store = new Store(answersAtOnce);
    this.pager = new Pager({ ...OPTIONS, ...options }, this.memory, this.store);
  }

  /** What a processor does: fault until the page is as it needs it. */
  async touch(page: number, written?: number): Promise<number> {
    for (let tries = 0; tries < 50; tries++) {
      const found = this.memory.there.get(page);
      if (found && (written === undefined || !found.isProtected)) {
        if (written !== undefined) found.byte = written;
        return found.byte;
      }
      this.memory.woken = [];
      const isWrite = written !== undefined;
      this.pager.fault({ page, isWrite, isProtection: found !== undefined });
      for (let i = 0; !this.memory.woken.includes(page); i++) {
        assert.ok(await this.store.answer(i * 7), `page ${page} is never woken`);
      }
    }
    return assert.fail(`page ${page} is never there`);
  }

  async settle(promise: Promise<void>): Promise<void> {
    let isOpen = true;
    const done = promise.finally(() => {
      isOpen = false;
    });
    done.catch(() => {});
    while (isOpen) await this.store.answer(0);
    await done;
  }
}

describe('Pager', () => {
  it('gives what was written, with whatever order of answers, and never has more pages than frames', async () => {
    const touch = fc.record({
      page: fc.nat(11),
      write: fc.option(fc.integer({ min: 1, max: 255 })),
      answer: fc.nat(5),
    });
    const setting = fc.record({
      eviction: fc.constantFrom(...EVICTIONS),
      frames: fc.integer({ min: 2, max: 6 }),
      prefetch: fc.nat(4),
      answersAtOnce: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        setting,
        fc.array(touch, { maxLength: 60 }),
        async ({ answersAtOnce, ...options }, touches) => {
          const rig = new Rig(answersAtOnce, options);
          const model = new Map<number, number>();
          for (const { page, write, answer } of touches) {
            const got = await rig.touch(page, write ?? undefined);
            if (write !== null) model.set(page, write);
            assert.equal(got, model.get(page) ?? 0, `page ${page}`);
            if (answer > 3) await rig.store.answer(answer);
            assert.ok(rig.pager.resident <= options.frames);
          }
          assert.ok(rig.memory.most <= options.frames);
          await rig.settle(rig.pager.sync());
          for (const [page, byte] of model)
            assert.equal(rig.store.bytes.get(page), byte, `page ${page} in the store`);
          assert.deepEqual(rig.memory.lost, []);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('writes back only what was written to', async () => {
    const rig = new Rig(true, { prefetch: 0 });
    for (let page = 0; page < 12; page++) await rig.touch(page);
    await rig.touch(3, 7);
    for (let page = 0; page < 12; page++) await rig.touch(page);
    assert.equal(rig.pager.counters.writtenBack, 1);
    assert.deepEqual([...rig.store.bytes], [[3, 7]]);
  });

  it('tells of write-backs that failed, serves their pages from the copy, and tries again', async () => {
    const rig = new Rig(false, { frames: 2, prefetch: 0 });
    rig.store.fails = (what) => what === 'write';
    await rig.touch(0, 9);
    await assert.rejects(rig.settle(rig.pager.sync()), /could not be written back: write of page 0 failed/);
    for (const page of [1, 2, 3]) await rig.touch(page);
    assert.equal(await rig.touch(0), 9);
    rig.store.fails = undefined;
    await rig.settle(rig.pager.sync());
    assert.equal(rig.store.bytes.get(0), 9);
  });

  it('says that a page is lost when it cannot be fetched', async () => {
    const rig = new Rig(false, { prefetch: 0 });
    rig.store.fails = () => true;
    rig.pager.fault({ page: 5, isWrite: false, isProtection: false });
    await rig.store.answer(0);
    assert.deepEqual(rig.memory.lost, [5]);
    assert.equal(rig.pager.resident, 0);
  });

  it('wakes a thread whose page came while it was faulting', () => {
    const rig = new Rig(true);
    rig.pager.fault({ page: 1, isWrite: false, isProtection: false });
    rig.memory.woken = [];
    rig.pager.fault({ page: 1, isWrite: false, isProtection: false });
    assert.deepEqual(rig.memory.woken, [1]);
  });
});

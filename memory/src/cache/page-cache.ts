import { Evictable, type EvictionPolicy } from './evictable.js';
import { type EvictionName, newPolicy } from './policy.js';

/** A page that a client knows something of: perhaps a copy, perhaps only that it is being fetched or written back. */
export class CachedPage extends Evictable {
  /** The copy; undefined: none. */
  bytes: Uint8Array | undefined;

  constructor(
    readonly node: number,
    /** Where the page starts in the node's memory, bytes. */
    readonly start: number,
  ) {
    super();
  }
}

export interface PageCacheOptions {
  pageSize: number;
  /** Copies kept at most. */
  capacity: number;
  /** Default 'lru'. */
  eviction?: EvictionName;
}

/**
 * Pages by address, and which of their copies goes when there are too many. Knows nothing of rights and of write-back:
 * what becomes of a victim is its owner's business. Pure.
 */
export class PageCache<Page extends CachedPage> {
  readonly #nodes = new Map<number, Map<number, Page>>();
  readonly #policy: EvictionPolicy;
  readonly #pageSize: number;
  readonly capacity: number;
  #copies = 0;
  /** The node asked for last: most often the next one, too. */
  #lastNode = -1;
  #lastPages: Map<number, Page> = new Map();

  constructor(
    { pageSize, capacity, eviction = 'lru' }: PageCacheOptions,
    private readonly create: (node: number, start: number) => Page,
  ) {
    if (!Number.isInteger(capacity) || capacity < 0) {
      throw new RangeError(`a cache of ${capacity} pages is not a whole number from 0 on`);
    }
    this.#pageSize = pageSize;
    this.capacity = capacity;
    this.#policy = newPolicy(eviction);
  }

  /** Pages with a copy. */
  get copies(): number {
    return this.#copies;
  }

  get isOverfull(): boolean {
    return this.#copies > this.capacity;
  }

  /** @param start of the page */
  find(node: number, start: number): Page | undefined {
    return this.#pages(node)?.get(start);
  }

  obtain(node: number, start: number): Page {
    let pages = this.#pages(node);
    if (pages === undefined) {
      pages = new Map();
      this.#nodes.set(node, pages);
      this.#lastNode = node;
      this.#lastPages = pages;
    }
    let page = pages.get(start);
    if (page === undefined) {
      page = this.create(node, start);
      pages.set(start, page);
    }
    return page;
  }

  /** Nothing is known of a page without a copy any more. */
  forget(page: Page): void {
    this.#nodes.get(page.node)?.delete(page.start);
  }

  /** The page has a copy from now on. */
  keep(page: Page, bytes: Uint8Array): void {
    page.bytes = bytes;
    this.#copies++;
    this.#policy.add(page);
  }

  touch(page: Page): void {
    this.#policy.touch(page);
  }

  /** The page has no copy any more. @returns the bytes, which are the caller's */
  drop(page: Page): Uint8Array {
    const bytes = page.bytes!;
    page.bytes = undefined;
    this.#copies--;
    this.#policy.remove(page);
    return bytes;
  }

  /** @returns a page whose copy is to go, or undefined if `mayGo` holds for none */
  victim(mayGo: (page: Page) => boolean): Page | undefined {
    return this.#policy.victim(mayGo as (entry: Evictable) => boolean) as Page | undefined;
  }

  /** The known pages of a range of a node's memory, as they are now: the caller may change the cache meanwhile. */
  within(node: number, start: number, length: number): Page[] {
    const pages = this.#pages(node);
    if (pages === undefined) return [];
    const first = start - (start % this.#pageSize);
    if (length <= this.#pageSize && start === first) {
      const page = pages.get(start);
      return page === undefined ? [] : [page];
    }
    const end = start + length;
    if ((end - first) / this.#pageSize > pages.size) {
      return [...pages.values()].filter((page) => page.start >= first && page.start < end);
    }
    const found: Page[] = [];
    for (let at = first; at < end; at += this.#pageSize) {
      const page = pages.get(at);
      if (page !== undefined) found.push(page);
    }
    return found;
  }

  /** All known pages, as they are now. */
  all(): Page[] {
    return [...this.#nodes.values()].flatMap((pages) => [...pages.values()]);
  }

  #pages(node: number): Map<number, Page> | undefined {
    if (node === this.#lastNode) return this.#lastPages;
    const pages = this.#nodes.get(node);
    if (pages !== undefined) {
      this.#lastNode = node;
      this.#lastPages = pages;
    }
    return pages;
  }
}

/** One queue for everything that happens in a run, so that a run is decided by its seed. Time is in milliseconds and passes only here. */
export class EventQueue {
  #now = 0;
  #order = 0;
  #heap: Event[] = [];

  readonly clock = (): number => this.#now;
  now(): number {
    return this.#now;
  }

  readonly setTimeout = (run: () => void, milliseconds: number): unknown => {
    const event: Event = { at: this.#now + Math.max(0, milliseconds), order: this.#order++, run, live: true };
    this.#push(event);
    return event;
  };

  readonly clearTimeout = (timer: unknown): void => {
    if (timer !== undefined) (timer as Event).live = false;
  };

  /** What is due next. @returns false when nothing is */
  step(): boolean {
    for (let event = this.#pop(); event; event = this.#pop()) {
      if (!event.live) continue;
      this.#now = event.at;
      event.run();
      return true;
    }
    return false;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (isBefore(heap[parent]!, event)) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || first === last) return first;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(last!, heap[child]!)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last!;
    return first;
  }
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  live: boolean;
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

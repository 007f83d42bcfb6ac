import { createHash } from 'node:crypto';

/**
 * What is run on mapped memory: programs that know nothing of it. The same bytes give the same result, wherever they are.
 * After the workloads of the original BlueBridge: word count, sort, scan, and writes that keep to a few places (focus).
 */
export type Workload = (data: Uint8Array) => Readonly<Record<string, number | string>>;

/** Printable and not white space, as isgraph in C. */
const isGraph = (byte: number): boolean => byte > 32 && byte < 127;

const SCANS = 10;
const PLACES = 100;
const WRITES_PER_PLACE = 100;
/** Bytes that one place is wide. */
const PLACE = 25;

export const WORKLOADS: Readonly<Record<'wc' | 'sort' | 'scan' | 'focus', Workload>> = {
  /** A word is a run of printable characters. */
  wc(data) {
    let words = 0;
    let lines = 0;
    let before = 32;
    for (const byte of data) {
      if (byte === 10) lines++;
      if (!isGraph(byte) && isGraph(before)) words++;
      before = byte;
    }
    if (isGraph(before)) words++;
    return { words, lines };
  },

  /** In place. */
  sort(data) {
    data.sort();
    return { sum: sum(data), sha256: digest(data) };
  },

  scan(data) {
    let total = 0;
    for (let i = 0; i < SCANS; i++) total = (total + sum(data)) >>> 0;
    return { total };
  },

  focus(data) {
    const random = generator(38290);
    for (let place = 0; place < PLACES; place++) {
      const start = random() % data.length;
      for (let i = 0; i < WRITES_PER_PLACE; i++) {
        const at = (start + (random() % PLACE)) % data.length;
        data[at] = random();
      }
    }
    return { sum: sum(data), sha256: digest(data) };
  },
};

/** Of the bytes, modulo 2^32. */
function sum(data: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < data.length; i++) total = (total + data[i]!) >>> 0;
  return total;
}

/** By way of a copy: a system call or a library may not wait for a page as a program does. */
function digest(data: Uint8Array): string {
  const hash = createHash('sha256');
  const piece = Buffer.alloc(Math.min(data.length, 65_536));
  for (let at = 0; at < data.length; at += piece.length) {
    const part = data.subarray(at, at + piece.length);
    piece.set(part);
    hash.update(piece.subarray(0, part.length));
  }
  return hash.digest('hex');
}

/** The high bits of a linear congruential generator (Numerical Recipes). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 8;
  };
}

/** Numbers from 0 up to 1 that a seed determines (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that are nearly the given ones: some flipped, cut, doubled, put in or replaced by what protobuf finds special. */
export function mutate(bytes: Uint8Array, next: () => number): Buffer {
  let result = Buffer.from(bytes);
  const pick = (count: number) => Math.floor(next() * count);
  // Bits alone leave the lengths right, so that most of these messages can be decoded and get to the later checks.
  if (next() < 0.8) {
    for (let i = 1 + pick(2); i > 0 && result.length > 0; i--) result[pick(result.length)]! ^= 1 << pick(8);
    return result;
  }
  for (let i = 1 + pick(3); i > 0; i--) {
    const at = pick(result.length + 1);
    const [head, tail] = [result.subarray(0, at), result.subarray(at)];
    const changes = [
      () => Buffer.concat([head, tail.subarray(pick(8))]),
      () => Buffer.concat([head, Buffer.from([pick(256)]), tail]),
      () => Buffer.concat([head, tail.subarray(0, 16), tail]),
      () => Buffer.concat([head, Buffer.from(SPECIAL[pick(SPECIAL.length)]!), tail.subarray(1)]),
      () => Buffer.concat([head, Buffer.from([(tail[0] ?? 0) ^ (1 << pick(8))]), tail.subarray(1)]),
      () => head,
    ];
    result = Buffer.from(changes[pick(changes.length)]!());
  }
  return result;
}

/** Zero; the longest varint and one that never ends; a field 0; an end of a group; a huge length. */
const SPECIAL: readonly (readonly number[])[] = [
  [0],
  [255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
  [255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255],
  [0, 0],
  [12],
  [10, 255, 255, 255, 255, 7],
];

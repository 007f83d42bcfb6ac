/** A set of numbers that agree with `value` where `mask` has ones. */
export interface Masked {
  readonly value: bigint;
  readonly mask: bigint;
}

/** The fewest masked values that together are the numbers from `lo` to `hi` of `width` bits. */
export function rangeToMasks(lo: bigint, hi: bigint, width: number): readonly Masked[] {
  const all = (1n << BigInt(width)) - 1n;
  const masks: Masked[] = [];
  let start = lo;
  while (start <= hi) {
    let size = 1n;
    // The greatest aligned block that begins here and does not reach beyond the end.
    while (size <= all && (start & (size * 2n - 1n)) === 0n && start + size * 2n - 1n <= hi) size *= 2n;
    masks.push({ value: start, mask: all & ~(size - 1n) });
    start += size;
  }
  return masks;
}

/** Length of the prefix that a mask of `width` bits leaves, or undefined when its ones are not all in front. */
export function prefixLength(mask: bigint, width: number): number | undefined {
  let length = 0;
  while (length < width && ((mask >> BigInt(width - 1 - length)) & 1n) === 1n) length++;
  const prefix = ((1n << BigInt(length)) - 1n) << BigInt(width - length);
  return mask === prefix ? length : undefined;
}

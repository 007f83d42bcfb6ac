/** The one of `options` that was probably meant by `written`, if any is near enough. */
export function nearest(written: string, options: readonly string[]): string | undefined {
  const wanted = written.toLowerCase();
  const ranked = options
    .map((option) => ({ option, distance: distance(wanted, option.toLowerCase()) }))
    .filter(({ option, distance }) => distance <= Math.max(1, Math.floor(option.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.option;
}

/** Edits (insert, delete, replace, exchange two neighbours) that make `a` into `b`. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, beforeLast[j - 2]! + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}

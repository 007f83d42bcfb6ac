/** One piece of source text as it was read; a `#line` directive renames the lines after it. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** From `offset` on, the text counts as line `line` (1-based) of `path`; in order of offset, set by `#line`. */
  lineOrigins?: readonly LineOrigin[];
}
export interface LineOrigin {
  readonly offset: number;
  readonly line: number;
  readonly path: string;
}

/** A half-open range [start, end) of UTF-16 offsets in `file.text`. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** Where an offset lies, as an editor counts: line and column from 1. */
export interface Position {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  /** The physical line that holds the offset, without its line break. */
  readonly lineText: string;
}

const lineStarts = new WeakMap<SourceFile, number[]>();

function startsOf(file: SourceFile): number[] {
  let starts = lineStarts.get(file);
  if (starts === undefined) {
    starts = [0];
    for (let at = file.text.indexOf('\n'); at !== -1; at = file.text.indexOf('\n', at + 1))
      starts.push(at + 1);
    lineStarts.set(file, starts);
  }
  return starts;
}

/** The index of the last entry of an ascending list that is not above `offset`. */
function lastNotAbove(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Line and column of `offset` in `file`, following `#line`. An offset past the end counts as the end. */
export function positionOf(file: SourceFile, offset: number): Position {
  const at = Math.max(0, Math.min(offset, file.text.length));
  const starts = startsOf(file);
  const row = lastNotAbove(starts, at);
  const start = starts[row]!;
  const end = starts[row + 1] ?? file.text.length + 1;
  const lineText = file.text.slice(start, end - 1).replace(/\r$/, '');
  let path = file.path;
  let line = row + 1;
  for (const origin of file.lineOrigins ?? []) {
    if (origin.offset > at) break;
    path = origin.path;
    line = origin.line + row - lastNotAbove(starts, origin.offset);
  }
  return { path, line, column: at - start + 1, lineText };
}

/** The smallest span that holds both; spans of two files (one came through an include) give the first. */
export function joinSpans(first: Span, last: Span): Span {
  if (first.file !== last.file || last.end < first.end) return first;
  return { file: first.file, start: first.start, end: last.end };
}

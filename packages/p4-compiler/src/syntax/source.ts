/** One piece of source text, as the user knows it: `#line`-style origins are resolved by the preprocessor. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** A half-open range [start, end) of UTF-16 offsets in `file.text`. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

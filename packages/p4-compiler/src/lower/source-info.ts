import type { JsonSourceInfo } from '../emit/bmv2-json.js';
import type { Span } from '../syntax/source.js';

/** 1-based line of the start of a span, after the preprocessor's own bookkeeping. */
export function lineOf(span: Span): number {
  return sourceInfo(span).line;
}

export function sourceInfo(span: Span): JsonSourceInfo {
  const { text, path } = span.file;
  const lineStart = text.lastIndexOf('\n', span.start - 1) + 1;
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < span.start; at = text.indexOf('\n', at + 1)) line++;
  const fragment = text.slice(span.start, span.end).split('\n', 1)[0]!;
  return { filename: path, line, column: span.start - lineStart, source_fragment: fragment.slice(0, 40) };
}

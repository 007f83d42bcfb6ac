import type { Result } from './contest.js';

/** Three significant digits are more than a shared machine can promise. */
export function number(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

const COLUMNS = ['figure', 'measured', 'baseline', '', 'ratio', '(rounds)'] as const;

/** The results of one case, a line a figure. */
export function formatResults(results: readonly Result[]): string {
  const rows = results.map(({ figure, subject, baseline, ratio, spread: [low, high] }) => [
    figure.title,
    `${number(subject)} ${figure.unit}`,
    figure.baseline.contender,
    number(baseline),
    ratio.toFixed(2),
    `${low.toFixed(2)}..${high.toFixed(2)}`,
  ]);
  const all = [[...COLUMNS], ...rows];
  const widths = COLUMNS.map((_, column) => Math.max(...all.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 || column === 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return all.map((row) => `  ${line(row)}\n`).join('');
}

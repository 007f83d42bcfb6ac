import Table from 'cli-table3';

type Row = Readonly<Record<string, unknown>>;

/** Rows as a table, the columns those of the first row. */
export function table(rows: readonly Row[], nothing: string): string {
  const [first] = rows;
  if (!first) return nothing;
  const head = Object.keys(first);
  const shown = new Table({ head, style: { head: [], border: [] } });
  for (const row of rows) shown.push(head.map((column) => cell(row[column])));
  return shown.toString();
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(cell).join('\n');
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([key, v]) => `${key} ${cell(v)}`)
      .join(', ');
  }
  return String(value);
}

/** What a change came to, in words. */
export function changed({ updates, pending }: { updates: number; pending: readonly string[] }): string {
  const later = pending.length > 0 ? `; ${pending.join(', ')} will get it when attached` : '';
  return `done: ${updates} updates${later}`;
}

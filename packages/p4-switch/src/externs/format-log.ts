/** Fill the `{}` places of a log_msg format, as BMv2 does: in order, `\{` and `\}` being literal braces. */
export function formatLog(format: string, values: readonly bigint[]): string {
  let next = 0;
  return format.replace(/\\([{}])|\{[^}]*\}/g, (place, brace: string | undefined) => {
    if (brace !== undefined) return brace;
    const value = values[next++];
    return value === undefined ? place : value.toString();
  });
}

/**
 * Collects JavaScript source. Everything put in is made here from numbers and fixed words: no name or text of the
 * JSON document ever becomes source, which is what makes running the result safe.
 */
export class Source {
  private readonly lines: string[] = [];
  private depth = 0;
  private temps = 0;

  line(text: string): void {
    this.lines.push(`${'  '.repeat(this.depth)}${text}`);
  }

  block(head: string, body: () => void, tail = ''): void {
    this.line(`${head} {`);
    this.depth++;
    body();
    this.depth--;
    this.line(`}${tail}`);
  }

  /** `if (condition) { ... } else { ... }` */
  branch(condition: string, whenTrue: () => void, whenFalse: () => void): void {
    this.line(`if (${condition}) {`);
    this.depth++;
    whenTrue();
    this.depth--;
    this.line('} else {');
    this.depth++;
    whenFalse();
    this.depth--;
    this.line('}');
  }

  /** A new name. */
  name(): string {
    return `t${this.temps++}`;
  }

  /** Give an expression a name, unless it is one (or a small number) already. */
  hold(expression: string): string {
    if (/^(t\d+|-?\d+)$/.test(expression)) return expression;
    const name = this.name();
    this.line(`const ${name} = ${expression};`);
    return name;
  }

  toString(): string {
    return this.lines.join('\n');
  }
}

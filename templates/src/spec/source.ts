import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { SpecError, type SpecProblem } from './problems.js';

export type Path = readonly (string | number)[];

/** The text of a specification, with the place of every value in it. */
export class SpecSource {
  private constructor(
    readonly file: string,
    private readonly text: string,
    private readonly document: Document,
    private readonly lines: LineCounter,
    /** What the YAML says, as plain values. */
    readonly value: unknown,
  ) {}

  /** Throws SpecError SPEC_SYNTAX where the text is not one YAML document. */
  static parse(text: string, file: string): SpecSource {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
    const at = (offset: number, message: string): SpecProblem => {
      const { line, col } = lines.linePos(offset);
      return {
        file,
        line: Math.max(1, line),
        column: Math.max(1, col),
        path: '',
        message: `not valid YAML: ${message}`,
      };
    };
    if (document.errors.length > 0) {
      throw new SpecError(
        'SPEC_SYNTAX',
        document.errors.map((e) => at(e.pos[0], e.message)),
      );
    }
    try {
      return new SpecSource(file, text, document, lines, document.toJS());
    } catch (cause) {
      // Aliases that point nowhere, or that multiply without bound.
      const message = cause instanceof Error ? cause.message : String(cause);
      throw new SpecError('SPEC_SYNTAX', [at(0, message)], { cause });
    }
  }

  has(path: Path): boolean {
    return path.length === 0 || this.document.hasIn(path);
  }

  /** What stands at `path`, as it was written. */
  written(path: Path): string {
    const node = this.document.getIn(path, true);
    if (node === undefined || node === null) return 'nothing';
    if (isScalar(node) && (node.value === null || node.source === '')) return 'nothing';
    if (isScalar(node) && node.range) return this.text.slice(node.range[0], node.range[1]);
    if (isMap(node)) return 'a mapping';
    return isNode(node) ? 'a list' : String(node);
  }

  /** A problem at the value of `path`, or at the nearest value around it. */
  problem(path: Path, message: string): SpecProblem {
    let known = path;
    while (known.length > 0 && !this.range(known)) known = known.slice(0, -1);
    return this.at(this.range(known)?.[0] ?? 0, path, message);
  }

  /** A problem at a key of the mapping at `path`. */
  problemAtKey(path: Path, key: string, message: string): SpecProblem {
    const map = path.length === 0 ? this.document.contents : this.document.getIn(path, true);
    const pair = isMap(map)
      ? map.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
      : undefined;
    const offset = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
    return this.at(offset ?? 0, path, message);
  }

  private range(path: Path): readonly number[] | undefined {
    const node = path.length === 0 ? this.document.contents : this.document.getIn(path, true);
    return isNode(node) ? (node.range ?? undefined) : undefined;
  }

  private at(offset: number, path: Path, message: string): SpecProblem {
    const { line, col } = this.lines.linePos(offset);
    return {
      file: this.file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      path: dotted(path),
      message,
    };
  }
}

/** `servers[0].node` */
export const dotted = (path: Path): string =>
  path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');

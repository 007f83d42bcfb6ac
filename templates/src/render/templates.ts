import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Handlebars from 'handlebars';
import { checkNames, type ParsedTemplate } from './check.js';
import { TemplateError } from './errors.js';

/** Texts of Handlebars templates by file name: `v1model.p4.hbs`, `partials/headers.hbs`. */
export type TemplateTexts = ReadonlyMap<string, string>;

const SUFFIX = '.hbs';
const PARTIALS = 'partials/';

/** The templates that come with this package. */
export function shippedTemplates(): TemplateTexts {
  return readTemplates(fileURLToPath(new URL('../../p4/', import.meta.url)));
}

/** Reads every template of a folder and of its folder `partials`. */
export function readTemplates(folder: string): TemplateTexts {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith(SUFFIX));
  return new Map(files.sort().map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

/** A set of templates, ready to render. */
export class Templates {
  private readonly handlebars = Handlebars.create();
  private readonly programs = new Map<string, ParsedTemplate>();
  private readonly partials = new Map<string, ParsedTemplate>();

  /** Throws TemplateError TEMPLATE_SYNTAX. */
  constructor(texts: TemplateTexts) {
    for (const [file, text] of texts) {
      const parsed = { file, program: this.parse(file, text) };
      if (file.startsWith(PARTIALS)) {
        const name = basename(file, SUFFIX);
        this.partials.set(name, parsed);
        this.handlebars.registerPartial(name, text);
      } else {
        this.programs.set(file, parsed);
      }
    }
  }

  /** Throws TemplateError TEMPLATE_NAME where the template, or a partial of it, uses what does not exist. */
  render(file: string, view: object): string {
    const template = this.programs.get(file);
    if (!template) {
      const known = [...this.programs.keys()].join(', ');
      throw new TemplateError('TEMPLATE_NAME', file, 1, 1, `no such template, expected one of ${known}`);
    }
    checkNames(template, view, this.partials);
    // P4 is no HTML: nothing is escaped.
    return this.handlebars.compile(template.program, { noEscape: true, strict: true })(view);
  }

  private parse(file: string, text: string): hbs.AST.Program {
    try {
      return this.handlebars.parse(text);
    } catch (cause) {
      throw syntaxError(file, cause);
    }
  }
}

/** Handlebars tells of a mistake in the words of its parser: "Parse error on line 3:", some text, "Expecting ...". */
function syntaxError(file: string, cause: unknown): TemplateError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const [, line, column] = /on line (\d+)/.exec(message) ?? / - (\d+):(\d+)$/.exec(message) ?? [];
  const reason = message
    .split('\n')
    .at(-1)
    ?.replace(/ - \d+:\d+$/, '');
  const at = { line: Number(line ?? 1), column: Number(column ?? 0) + 1 };
  return new TemplateError('TEMPLATE_SYNTAX', file, at.line, at.column, `not a template: ${reason}`, {
    cause,
  });
}

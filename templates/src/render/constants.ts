/** A constant of the rendered program. */
export interface Constant {
  readonly type: string;
  readonly name: string;
  readonly value: string;
  /** A few words behind it. */
  readonly note?: string;
}

/** Constants that belong together, with the sentence above them. */
export interface ConstantGroup {
  readonly title: string;
  readonly constants: readonly Constant[];
}

const NOTE_COLUMN = 47;

/** Declarations of a group, one a line, names, values and notes in columns. */
export function declarations({ constants }: ConstantGroup): string[] {
  const width = (of: (c: Constant) => string) => Math.max(...constants.map((c) => of(c).length));
  const typeWidth = width((c) => c.type);
  const nameWidth = width((c) => c.name);
  return constants.map(({ type, name, value, note }) => {
    const line = `const ${type.padEnd(typeWidth)} ${name.padEnd(nameWidth)} = ${value};`;
    return note ? `${line.padEnd(NOTE_COLUMN - 1)} // ${note}` : line;
  });
}

/** `0x02bb0000ffff` */
export const hex = (value: number | bigint, digits: number): string =>
  `0x${value.toString(16).padStart(digits, '0')}`;

type Notes<T> = Partial<Record<keyof T, string>>;

/** A constant for each number of `numbers`: `PREFIX_NAME`. */
export function enumeration<T extends Record<string, number>>(
  type: string,
  prefix: string,
  numbers: T,
  notes: Notes<T> = {},
): Constant[] {
  return Object.entries(numbers).map(([name, value]) => ({
    type,
    name: `${prefix}_${name}`,
    value: String(value),
    note: notes[name],
  }));
}

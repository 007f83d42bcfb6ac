/** The canonical gRPC status codes. */
export const Code = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;
export type Code = (typeof Code)[keyof typeof Code];

const names = new Map<number, string>(Object.entries(Code).map(([name, code]) => [code, name]));

/** `5` -> `'NOT_FOUND'`; a number that gRPC does not know is named by itself. */
export function codeName(code: number): string {
  return names.get(code) ?? `CODE_${code}`;
}

/** A number from the wire as a code: what gRPC does not know is UNKNOWN. */
export function toCode(code: number): Code {
  return names.has(code) ? (code as Code) : Code.UNKNOWN;
}

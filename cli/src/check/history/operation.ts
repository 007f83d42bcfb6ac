/** One operation on one register (a page, or a word of it), as the client that asked for it saw it. Values are whole numbers. */
export interface Operation {
  readonly register: number;
  readonly client: number;
  readonly step: Step;
  /** When it was asked for, and when its answer came: places in the run's total order of such moments. `Infinity`: no answer ever came. */
  readonly began: number;
  readonly ended: number;
}

export type Step =
  /** `value`: what was read; of no account if there was no answer. */
  | { readonly kind: 'read'; readonly value: number }
  | { readonly kind: 'write'; readonly value: number }
  /** `before`: the value that the client was told; of no account if there was no answer. */
  | { readonly kind: 'add'; readonly delta: number; readonly before: number }
  | { readonly kind: 'cas'; readonly expected: number; readonly desired: number; readonly before: number };

/** What a register holds after a step. */
export function after(step: Step, value: number): number {
  switch (step.kind) {
    case 'read':
      return value;
    case 'write':
      return step.value;
    case 'add':
      return value + step.delta;
    case 'cas':
      return value === step.expected ? step.desired : value;
  }
}

/** Whether a register that holds `value` would have given the answer that the client saw. */
export function agrees(step: Step, value: number): boolean {
  switch (step.kind) {
    case 'read':
      return step.value === value;
    case 'write':
      return true;
    default:
      return step.before === value;
  }
}

export function describe({ client, step, began, ended }: Operation): string {
  const answered = ended !== Number.POSITIVE_INFINITY;
  const when = answered ? `${began}..${ended}` : `${began}.. no answer`;
  return `client ${client} [${when}] ${words(step, answered)}`;
}

function words(step: Step, answered: boolean): string {
  const told = (value: number) => (answered ? ` -> ${value}` : '');
  switch (step.kind) {
    case 'read':
      return `read${told(step.value)}`;
    case 'write':
      return `write ${step.value}`;
    case 'add':
      return `add ${step.delta}${told(step.before)}`;
    case 'cas':
      return `cas ${step.expected} to ${step.desired}${told(step.before)}`;
  }
}

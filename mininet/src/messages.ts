/** What comes over the control line from bluebridge_mininet.py. */
export type Message =
  | { readonly event: 'phase'; readonly name: Phase }
  | {
      readonly event: 'failed';
      readonly message: string;
      readonly tail: readonly string[];
      readonly log: string;
    }
  | { readonly event: 'stopped'; readonly statuses: Readonly<Record<string, number>> }
  | ({ readonly event?: undefined; readonly id: number } & Finished);

/** In this order. */
export type Phase = 'topology' | 'switch' | 'servers' | 'control';

/** A command that ran in a host. */
export interface Finished {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Puts the pieces of a stream together to lines. */
export class Lines {
  private rest = '';

  /** The lines that `piece` completes. */
  push(piece: string): string[] {
    const lines = (this.rest + piece).split('\n');
    this.rest = lines.pop() ?? '';
    return lines;
  }
}

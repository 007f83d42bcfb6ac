import type { Fabric } from '@bluebridge/templates';
import type { Finished } from '../messages.js';

/** Something that was found to be so, or not. */
export interface Check {
  readonly name: string;
  readonly held: boolean;
  /** What was seen. */
  readonly seen: string;
}

/** What the checks work with: a fabric that runs, and a way to run commands in its hosts. */
export interface Bench {
  readonly fabric: Fabric;
  /** Of the run; files are kept there. */
  readonly folder: string;
  /** A client command without its specification: `bluebridge client`. */
  readonly client: readonly string[];
  readonly specFile: string;
  run(host: string, argv: readonly string[]): Promise<Finished>;
}

/** What a command that failed has said, in one line. */
export const lastLine = ({ stdout, stderr, status }: Finished): string =>
  (stderr.trim() || stdout.trim()).split('\n').at(-1) || `exit status ${status}`;

/** One line of `bluebridge doctor`. */
export interface Finding {
  readonly name: string;
  /** `ok`: works; `absent`: optional and not there; `bad`: needed and not there. */
  readonly state: 'ok' | 'absent' | 'bad';
  /** What was found: a version, a path, a reason. */
  readonly found: string;
  /** What it is for, or what to do about it. */
  readonly advice: string;
}

/** What the checks ask of the machine; injected, so that tests can have any machine. */
export interface Machine {
  readonly nodeVersion: string;
  readonly platform: string;
  /** Standard output and error of a program, or undefined if it is not installed. */
  run(program: string, args: readonly string[]): Promise<string | undefined>;
  /** Try to open an AF_PACKET socket; resolves to the reason why not. */
  rawSockets(): Promise<string | undefined>;
}

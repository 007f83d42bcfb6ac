/** One way of doing a job: the thing that is measured, or what it is compared with. */
export interface Contender {
  readonly name: string;
  /** Do the job once, for about `seconds`, and tell what was measured, by metric. */
  run(seconds: number): Promise<Metrics>;
}

export type Metrics = Readonly<Record<string, number>>;

/** A row of the table: one metric of one contender beside the same metric, or another, of its baseline. */
export interface Figure {
  readonly title: string;
  readonly unit: string;
  readonly subject: Side;
  readonly baseline: Side;
}

export interface Side {
  readonly contender: string;
  readonly metric: string;
}

/** What a case has set up: who runs, which figures come of it. */
export interface Contest {
  readonly contenders: readonly Contender[];
  readonly figures: readonly Figure[];
  /** What a reader has to know about the figures, one line each; asked after the runs. */
  notes?(): readonly string[];
  close(): Promise<void>;
}

export interface Case {
  readonly name: string;
  readonly about: string;
  /** @throws Unavailable where this machine lacks what the case needs */
  open(): Promise<Contest>;
}

/** A case cannot run here; the message says what it needs. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

export interface Result {
  readonly figure: Figure;
  /** Medians over the rounds. */
  readonly subject: number;
  readonly baseline: number;
  /** Median of the rounds' ratios, subject / baseline: neighbours in time, so that a busy machine slows both. */
  readonly ratio: number;
  /** Lowest and highest ratio of a round. */
  readonly spread: readonly [number, number];
}

/**
 * Run all contenders `rounds` times, interleaved: each round runs every one of them, and every other round in the opposite
 * order, so that neither a slow drift of the machine nor the order favours one.
 */
export async function compete(
  contest: Contest,
  options: { readonly rounds: number; readonly seconds: number; progress?: (text: string) => void },
): Promise<Result[]> {
  const rounds: Map<string, Metrics>[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const measured = new Map<string, Metrics>();
    const order = round % 2 === 0 ? contest.contenders : [...contest.contenders].reverse();
    for (const contender of order) {
      options.progress?.(`round ${round + 1}/${options.rounds}: ${contender.name}`);
      measured.set(contender.name, await contender.run(options.seconds));
    }
    rounds.push(measured);
  }
  return contest.figures.map((figure) => {
    const subjects = rounds.map((round) => metricOf(round, figure.subject));
    const baselines = rounds.map((round) => metricOf(round, figure.baseline));
    const ratios = subjects.map((value, i) => value / baselines[i]!);
    return {
      figure,
      subject: median(subjects),
      baseline: median(baselines),
      ratio: median(ratios),
      spread: [Math.min(...ratios), Math.max(...ratios)],
    };
  });
}

function metricOf(round: ReadonlyMap<string, Metrics>, { contender, metric }: Side): number {
  const value = round.get(contender)?.[metric];
  if (value === undefined) throw new Error(`the bench measured no ${metric} of ${contender}`);
  return value;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The nearest rank. @throws RangeError for no values */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  if (value === undefined) throw new RangeError('no values');
  return value;
}

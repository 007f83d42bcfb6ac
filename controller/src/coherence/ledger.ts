import { z } from 'zod';
import { StoreError } from '../store/store.js';
import type { Session } from './sessions.js';

/**
 * What has to be remembered of coherence beyond the life of the controller: numbers that must never be given twice, and the last JOIN of each client.
 * Everything else is read back from the switch.
 */
export interface CoherenceLedger {
  /** Resolves when this generation, and all before it, will not be given again by anybody. @throws if it cannot be written down */
  reserve(generation: number): Promise<void>;
  /** Resolves when a JOIN is written down: no older one will be taken, and its epoch is not given again. @throws if it cannot be written down */
  joined(session: Session, lastEpoch: number): Promise<void>;
}

/** Remembers nothing: for a controller whose switch knows it all. */
export const forgetful: CoherenceLedger = { async reserve() {}, async joined() {} };

/** Generations that are written down at a time, so that not every region costs a commit. */
const AHEAD = 4096;
const GENERATIONS = 0x1_0000_0000;

const DIRECTORY_KEY = 'directory';
const SESSION_PREFIX = 'session/';

/** What the ledger has of a client: its last JOIN. */
export interface LastJoin {
  readonly node: number;
  readonly incarnation: bigint;
  readonly joins: number;
}

/** What was remembered when the controller started. */
export interface Remembered {
  readonly lastGeneration: number;
  readonly lastEpoch: number;
  readonly joins: readonly LastJoin[];
}

/** Writes records of the store: `directory`, and `session/NODE` for each client that has joined. */
export class StoreLedger implements CoherenceLedger {
  #reserved: number;
  #lastEpoch: number;
  #writing: Promise<void> | undefined;

  /** @param put resolves when the records are stored, throws if they are not */
  constructor(
    private readonly put: (records: ReadonlyMap<string, string>) => Promise<void>,
    { lastGeneration, lastEpoch }: Remembered,
  ) {
    this.#reserved = lastGeneration;
    this.#lastEpoch = lastEpoch;
  }

  async reserve(generation: number): Promise<void> {
    while (ahead(generation, this.#reserved)) {
      this.#writing ??= this.#extend(generation).finally(() => {
        this.#writing = undefined;
      });
      await this.#writing;
    }
  }

  async joined({ node, incarnation, joins }: Session, lastEpoch: number): Promise<void> {
    this.#lastEpoch = lastEpoch;
    const key = `${SESSION_PREFIX}${node.toString(16).padStart(4, '0')}`;
    const session = JSON.stringify({ incarnation: incarnation.toString(16), joins });
    await this.put(
      new Map([
        [DIRECTORY_KEY, this.#record(this.#reserved)],
        [key, session],
      ]),
    );
  }

  async #extend(generation: number): Promise<void> {
    const until = (generation + AHEAD) % GENERATIONS;
    await this.put(new Map([[DIRECTORY_KEY, this.#record(until)]]));
    this.#reserved = until;
  }

  #record(generation: number): string {
    return JSON.stringify({ generation, epoch: this.#lastEpoch });
  }
}

/** Whether a record of the store is the ledger's. */
export const isOfCoherence = (key: string): boolean =>
  key === DIRECTORY_KEY || key.startsWith(SESSION_PREFIX);

const directoryValue = z.strictObject({
  generation: z.int().min(0).max(0xffff_ffff),
  epoch: z.int().min(0).max(0xffff),
});
const sessionValue = z.strictObject({
  incarnation: z.string().regex(/^[0-9a-f]{1,16}$/),
  joins: z.int().min(0),
});
const sessionKey = /^session\/([0-9a-f]{4})$/;

/**
 * Take what the ledger wrote out of a store's records. Numbers go on behind what was reserved; undefined: the fabric has never been coherent.
 * @throws StoreError STORE_CORRUPT for a record that makes no sense
 */
export function remembered(records: ReadonlyMap<string, string>): Remembered | undefined {
  const directory = records.get(DIRECTORY_KEY);
  if (directory === undefined) return undefined;
  const { generation, epoch } = parsed(directoryValue, DIRECTORY_KEY, directory);
  const joins: LastJoin[] = [];
  for (const [key, value] of records) {
    if (!key.startsWith(SESSION_PREFIX)) continue;
    const [, node] = sessionKey.exec(key) ?? [];
    if (node === undefined) throw corrupt(key);
    const { incarnation, joins: count } = parsed(sessionValue, key, value);
    joins.push({ node: Number.parseInt(node, 16), incarnation: BigInt(`0x${incarnation}`), joins: count });
  }
  return { lastGeneration: generation, lastEpoch: epoch, joins };
}

function parsed<T>(schema: z.ZodType<T>, key: string, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw corrupt(key, error);
  }
}

const corrupt = (key: string, cause?: unknown): StoreError =>
  new StoreError('STORE_CORRUPT', `the record ${key} of the store makes no sense`, { cause });

/** Whether `a` comes after `b`, as serial numbers do (RFC 1982). */
const ahead = (a: number, b: number): boolean => {
  const distance = (a - b + GENERATIONS) % GENERATIONS;
  return distance !== 0 && distance < GENERATIONS / 2;
};

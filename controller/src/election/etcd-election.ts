import { Etcd3, type Lease } from 'etcd3';
import { EtcdStore } from '../store/etcd-store.js';
import type { Store } from '../store/store.js';

export interface EtcdElectionOptions {
  /** `http://HOST:PORT` of one or more members. */
  readonly hosts: readonly string[];
  /** Name of the fabric: controllers of one fabric elect one of them. */
  readonly fabric: string;
  /** Of this controller, for the others' logs. */
  readonly candidate: string;
  /** Seconds after which a leader that etcd does not hear of leads no more. */
  readonly ttl?: number;
  /** Milliseconds of a clock that is never set. */
  readonly now?: () => number;
}

/** The time during which one controller leads. */
export interface Term {
  /** Higher than that of every earlier term: the revision of etcd at which it began. */
  readonly electionId: bigint;
  readonly store: Store;
  /** Whether this controller may write now. False at the latest when others may think that it is gone. */
  leads(): boolean;
  /** Aborted when the term ends; its reason says why. */
  readonly signal: AbortSignal;
  /** Let another one lead at once. */
  resign(): Promise<void>;
}

/** Milliseconds between two attempts to reach etcd. */
const RETRY = 500;

/**
 * Elects by a key in etcd that lives as long as its holder's lease: whoever makes it leads, and its revision is the P4Runtime election id. The holder
 * counts its lease from when it asked for it to be prolonged, by its own clock of steady pace, so it stops before etcd gives the key to another one.
 */
export class EtcdElection {
  private readonly client: Etcd3;
  private readonly prefix: string;
  private readonly key: string;
  private readonly ttl: number;
  private readonly now: () => number;

  constructor(private readonly options: EtcdElectionOptions) {
    // The intent of a large fabric is read in one answer, and more than the 4 MB that gRPC takes unless told.
    const grpcOptions = { 'grpc.max_receive_message_length': -1 };
    this.client = new Etcd3({ hosts: [...options.hosts], grpcOptions });
    this.prefix = `bluebridge/${options.fabric}/`;
    this.key = `${this.prefix}leader`;
    this.ttl = options.ttl ?? 5;
    this.now = options.now ?? (() => performance.now());
  }

  /**
   * Wait until this controller leads. etcd that does not answer is asked again.
   * @param onWaiting is told why it does not lead yet
   * @throws the signal's reason
   */
  async lead(signal: AbortSignal, onWaiting: (reason: string) => void = () => {}): Promise<Term> {
    for (;;) {
      signal.throwIfAborted();
      try {
        const term = await this.campaign();
        if (term) return term;
        onWaiting('another controller leads');
        await this.untilVacant(signal);
      } catch (error) {
        signal.throwIfAborted();
        onWaiting(`etcd: ${error instanceof Error ? error.message : error}`);
        await pause(RETRY, signal);
      }
    }
  }

  close(): void {
    this.client.close();
  }

  private async campaign(): Promise<Term | undefined> {
    const asked = this.now();
    const lease = this.client.lease(this.ttl, { autoKeepAlive: false });
    const timeout = this.ttl * 1000;
    const id = await within(lease.grant(), timeout);
    const { succeeded, header } = await within(
      this.client
        .if(this.key, 'Create', '==', 0)
        .then(this.client.put(this.key).value(this.options.candidate).lease(id))
        .commit(),
      timeout,
    );
    if (succeeded) return this.begin(lease, header.revision, asked + timeout);
    await within(lease.revoke(), timeout);
    return undefined;
  }

  private begin(lease: Lease, revision: string, until: number): Term {
    const { client, key, prefix, now } = this;
    const ended = new AbortController();
    const { signal } = ended;
    const end = (reason: string): void => ended.abort(new Error(reason));
    const keeper = new Keeper(lease, this.ttl * 1000, until, now, end);
    signal.addEventListener('abort', () => keeper.stop(), { once: true });
    void this.watchDeletion((reason) => end(reason), signal);
    const store = new EtcdStore({
      ...{ client, prefix, leader: { key, revision }, timeoutMs: (this.ttl * 1000) / 2 },
      name: `etcd:${this.options.hosts.join(',')}`,
    });
    return {
      electionId: BigInt(revision),
      store,
      signal,
      leads: () => !signal.aborted && keeper.holds(),
      resign: async () => {
        end('resigned');
        await within(lease.revoke(), this.ttl * 1000).catch(() => {}); // it ends by itself
      },
    };
  }

  private async watchDeletion(end: (reason: string) => void, signal: AbortSignal): Promise<void> {
    const watcher = await this.client
      .watch()
      .key(this.key)
      .create()
      .catch(() => undefined); // the lease's end is noticed all the same
    watcher?.on('delete', () => end('etcd has given the lead away'));
    watcher?.on('error', () => {});
    const stop = (): void => void watcher?.cancel().catch(() => {});
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  }

  private async untilVacant(signal: AbortSignal): Promise<void> {
    const watcher = await within(this.client.watch().key(this.key).create(), this.ttl * 1000);
    try {
      await new Promise<void>((resolve, reject) => {
        watcher.on('delete', () => resolve());
        watcher.on('error', reject);
        watcher.on('disconnected', () => reject(new Error('the connection was lost')));
        if (signal.aborted) resolve();
        signal.addEventListener('abort', () => resolve(), { once: true });
        // It may have gone before the watch was there.
        this.client
          .get(this.key)
          .then((holder) => holder === null && resolve())
          .catch(reject);
      });
    } finally {
      await within(watcher.cancel(), this.ttl * 1000).catch(() => {});
    }
  }
}

/** Prolongs a lease three times in its length, and knows until when it surely holds. */
class Keeper {
  private timer: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly lease: Lease,
    private readonly length: number,
    private until: number,
    private readonly now: () => number,
    private readonly end: (reason: string) => void,
  ) {
    this.timer = setTimeout(() => this.prolong(), length / 3);
  }

  holds(): boolean {
    return this.now() < this.until;
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async prolong(): Promise<void> {
    if (!this.holds()) return this.end('etcd did not prolong the lease in time');
    const asked = this.now();
    const left = this.until - asked;
    try {
      await within(this.lease.keepaliveOnce(), Math.min(left, this.length / 3));
      this.until = asked + this.length;
      this.again(this.length / 3);
    } catch (error) {
      if (this.lease.revoked() || /not found/i.test(String(error))) return this.end('the lease is gone');
      this.again(Math.min(left, this.length / 10));
    }
  }

  private again(ms: number): void {
    clearTimeout(this.timer);
    if (!this.stopped) this.timer = setTimeout(() => this.prolong(), ms);
  }
}

async function within<T>(call: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${Math.round(ms)} ms`)), ms);
  });
  return Promise.race([call, late]).finally(() => clearTimeout(timer));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const stop = (): void => {
      clearTimeout(timer);
      resolve();
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

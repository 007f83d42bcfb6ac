import type { ClientSpec, ServerSpec } from '@bluebridge/templates';
import type { ControllerObserver } from '../events.js';
import type { Move } from '../intent/fact.js';
import type { Range } from '../intent/ranges.js';
import type { PlannedEntry } from '../plan/entry.js';

/**
 * What an operator may do with a running controller. A change resolves when it is stored and every attached switch has acknowledged it; it
 * rejects with an OperationError, and then nothing has changed. Changes are carried out one after the other, in the order in which they were
 * asked for, and between the batches of frames that clients send.
 */
export interface Operations {
  /** @throws OperationError CONFLICT for a name, node, MAC address or port in use, INVALID for what the fabric cannot have */
  addServer(server: ServerSpec): Promise<Done>;
  /**
   * @throws OperationError NOT_FOUND; IN_USE while it has allocations or a moved range points to it, unless `force`, which takes the
   * permissions on all its memory away
   */
  removeServer(name: string, options?: { readonly force?: boolean }): Promise<Done>;
  /** No new allocations are placed on a draining server; what it has stays. @throws OperationError NOT_FOUND */
  setDraining(name: string, draining: boolean): Promise<Done>;
  /** @throws OperationError as `addServer` */
  addClient(client: ClientSpec): Promise<Done>;
  /**
   * @throws OperationError NOT_FOUND; IN_USE while it is the last client of a domain that owns memory, unless `force`, which leaves that memory
   * allocated and without anybody who may use it
   */
  removeClient(name: string, options?: { readonly force?: boolean }): Promise<Done>;

  /** Let a client's domain use a part of an allocation. @throws OperationError NOT_FOUND, INVALID, NO_ROOM */
  grant(grant: Grant): Promise<Done>;
  /** @throws OperationError NOT_FOUND, INVALID */
  revoke(revocation: Omit<Grant, 'rights'>): Promise<Done>;

  /**
   * Change where a range of a node's addresses is at home: requests for it go to another server, its own included (which ends the move).
   * Copying what is in it is not done here. @throws OperationError NOT_FOUND, INVALID, NO_ROOM
   */
  move(move: { readonly node: number; readonly range: Range; readonly to: string }): Promise<Done>;

  status(): Status;
  servers(): readonly ServerStatus[];
  clients(): readonly ClientStatus[];
  /** Ascending by node and start. */
  allocations(filter?: { readonly node?: number; readonly domain?: number }): Iterable<AllocationStatus>;
  moves(): readonly Move[];
  /** What a switch should hold. @throws OperationError NOT_FOUND */
  planned(switchName: string): PlannedEntry[];
  /** What it does hold, read now. @throws OperationError NOT_FOUND, UNAVAILABLE when it is not attached */
  actual(switchName: string): Promise<PlannedEntry[]>;

  /** Be told what happens from now on. @returns how to be told no more */
  observe(observer: ControllerObserver): () => void;
}

/** Part of an allocation for a client. Whole pages inside one allocation. */
export interface Grant {
  readonly node: number;
  readonly range: Range;
  /** Name of the client whose domain it is for. */
  readonly client: string;
  /** RIGHTS.READ, RIGHTS.WRITE or both. */
  readonly rights: number;
}

export type { Move };

export interface Done {
  /** Updates that were written to switches. */
  readonly updates: number;
  /** Switches that are not attached now: they get the change when they are. */
  readonly pending: readonly string[];
}

export interface Status {
  readonly fabric: string;
  /** `false` while another controller leads. */
  readonly leading: boolean;
  readonly electionId: bigint | undefined;
  readonly store: {
    readonly name: string;
    /** Records that the store has not taken yet, because it failed. */
    readonly pending: number;
    readonly lastError?: string;
  };
  readonly switches: readonly SwitchStatus[];
  readonly servers: number;
  readonly clients: number;
  readonly allocations: number;
  /** Bytes. */
  readonly allocated: bigint;
  readonly capacity: bigint;
}

export interface SwitchStatus {
  readonly name: string;
  readonly state: 'attached' | 'detached';
  /** Entries that it holds, as far as it has acknowledged. */
  readonly entries: number;
  /** Entries that it should hold and refused. */
  readonly missing: number;
}

export interface ServerStatus extends ServerSpec {
  readonly draining: boolean;
  readonly used: bigint;
  /** Whether the spec has it, or an operation added it. */
  readonly origin: 'spec' | 'operation';
}

export interface ClientStatus extends ClientSpec {
  readonly origin: 'spec' | 'operation';
}

export interface AllocationStatus extends Range {
  readonly node: number;
  readonly owner: number;
  readonly shares: readonly {
    readonly domain: number;
    readonly start: bigint;
    readonly end: bigint;
    readonly rights: number;
  }[];
}

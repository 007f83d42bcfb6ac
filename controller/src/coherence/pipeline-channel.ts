import { directory, wire } from '@bluebridge/memory';
import type { DirectoryChannel, SlotContents } from './channel.js';
import type { CoordinatorTimers } from './coordinator.js';
import { contentsOf, DIRECTORY_HEADER_BYTES } from './slot-header.js';

/** Sub-commands of DIRECTORY: the flags of its address. */
const Command = { READ: 1, RESET: 2, FENCE: 3 } as const;

/** Milliseconds until an answer is missed: at first, and at the most. */
const FIRST_WAIT = 5;
const LONGEST_WAIT = 200;
/** A lock's tag must not be zero in its low 24 bits. */
const TAGS = 0x100_0000;

export interface PipelineChannelOptions {
  readonly prefix: number;
  /** UDP port of memory servers. */
  readonly port: number;
  readonly pageSize: number;
  /** Six bytes. */
  readonly switchMac: Uint8Array;
  /** Send a frame through the switch's pipeline: packet-out with `process` set. */
  readonly send: (frame: Uint8Array) => void;
  readonly timers: CoordinatorTimers;
  /** Of the first tag: two controllers in a row must not take each other's answers for their own. */
  readonly random?: () => number;
}

interface Open {
  readonly resolve: (contents: SlotContents) => void;
  readonly reject: (error: Error) => void;
  readonly frame: Uint8Array;
  timer: unknown;
  wait: number;
}

interface Recall {
  readonly tag: number;
  wait: number;
  settle: ((isClear: boolean) => void) | undefined;
  reject: ((error: Error) => void) | undefined;
}

/** The directory of one switch, asked by frames through its pipeline (docs/coherence.md: DIRECTORY, and GETM of the controller). */
export class PipelineChannel implements DirectoryChannel {
  readonly #options: PipelineChannelOptions;
  readonly #open = new Map<number, Open>();
  /** By address. A recall keeps its tag until it is done, or it would be blocked by its own lock. */
  readonly #recalls = new Map<string, Recall>();
  #tag: number;
  #closed = false;

  constructor(options: PipelineChannelOptions) {
    this.#options = options;
    this.#tag = Math.floor((options.random ?? Math.random)() * (TAGS - 1));
  }

  async reset(slot: number): Promise<void> {
    await this.#command(Command.RESET, slot, undefined);
  }

  async fence(slot: number, index: number): Promise<void> {
    await this.#command(Command.FENCE, slot, index);
  }

  read(slot: number): Promise<SlotContents> {
    return this.#command(Command.READ, slot, undefined);
  }

  recall({ node, pointer }: { readonly node: number; readonly pointer: bigint }): Promise<boolean> {
    const key = `${node}:${pointer}`;
    const recall = this.#recalls.get(key) ?? {
      tag: this.#nextTag(),
      wait: FIRST_WAIT,
      settle: undefined,
      reject: undefined,
    };
    this.#recalls.set(key, recall);
    const message = this.#message(wire.Op.GETM, recall.tag);
    message.node = node;
    message.pointer = pointer;
    message.length = this.#options.pageSize;
    message.coherence = wire.Coherence.EXCLUSIVE | wire.Coherence.UPGRADE;
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error('the switch is gone'));
      const { timers } = this.#options;
      const settle = (isClear: boolean): void => {
        timers.clearTimeout(timer);
        recall.settle = undefined;
        recall.reject = undefined;
        if (isClear) this.#recalls.delete(key);
        resolve(isClear);
      };
      const timer = timers.setTimeout(() => settle(false), recall.wait);
      recall.wait = Math.min(recall.wait * 2, LONGEST_WAIT);
      recall.settle = settle;
      recall.reject = (error) => {
        timers.clearTimeout(timer);
        reject(error);
      };
      this.#options.send(this.#encode(message));
    });
  }

  /** A packet-in with cause DIRECTORY: what the slot holds, then the request as it came. */
  directoryAnswer(bytes: Uint8Array): void {
    const contents = contentsOf(bytes);
    const message = contents && this.#decode(bytes.subarray(DIRECTORY_HEADER_BYTES));
    const open = message && this.#open.get(message.tag);
    if (contents === undefined || message === undefined || open === undefined) return;
    this.#options.timers.clearTimeout(open.timer);
    this.#open.delete(message.tag);
    open.resolve(contents);
  }

  /** A packet-in with cause RECALL: somebody has answered, or nobody had to. */
  recallProgress(frame: Uint8Array): void {
    const message = this.#decode(frame);
    if (message === undefined || message.kind === wire.Kind.NACK) return; // blocked: the next attempt is under way in time
    if ((message.coherence & wire.Coherence.CLEAR) === 0) return;
    for (const { tag, settle } of this.#recalls.values()) if (tag === message.requesterTag) settle?.(true);
  }

  /** Whatever is open fails: the switch is gone. */
  close(): void {
    this.#closed = true;
    const error = new Error('the switch is gone');
    for (const { timer, reject } of this.#open.values()) {
      this.#options.timers.clearTimeout(timer);
      reject(error);
    }
    this.#open.clear();
    for (const { reject } of this.#recalls.values()) reject?.(error);
    this.#recalls.clear();
  }

  #command(command: number, slot: number, index: number | undefined): Promise<SlotContents> {
    const message = this.#message(wire.Op.DIRECTORY, this.#nextTag());
    message.node = wire.ANYCAST_NODE;
    message.flags = command;
    message.number = slot;
    if (index !== undefined) {
      const { bitLo, bitHi } = directory.senderOf(index);
      message.bitmapLow = bitLo;
      message.bitmapHigh = bitHi;
    }
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new Error('the switch is gone'));
      const frame = this.#encode(message);
      const open: Open = { resolve, reject, frame, timer: undefined, wait: FIRST_WAIT };
      this.#open.set(message.tag, open);
      this.#send(open);
    });
  }

  #send(open: Open): void {
    const { timers, send } = this.#options;
    send(open.frame);
    open.timer = timers.setTimeout(() => this.#send(open), open.wait);
    open.wait = Math.min(open.wait * 2, LONGEST_WAIT);
  }

  #message(op: number, tag: number): wire.Message {
    const { prefix } = this.#options;
    return Object.assign(new wire.Message(), {
      prefix,
      op,
      tag,
      client: wire.ANYCAST_NODE,
      clientPort: wire.PROBE_PORT,
      extensions: wire.Extension.COHERENCE,
      requester: wire.ANYCAST_NODE,
      requesterPort: wire.PROBE_PORT,
      requesterTag: tag,
      requesterIndex: directory.CONTROLLER_INDEX,
    });
  }

  #encode(message: wire.Message): Uint8Array {
    const { switchMac, port } = this.#options;
    return wire.encodeFrame(message, switchMac, switchMac, undefined, port);
  }

  #decode(frame: Uint8Array): wire.Message | undefined {
    const { prefix, port } = this.#options;
    const message = new wire.Message();
    return wire.decodeFrame(frame, message, { prefix, port }) === undefined ? message : undefined;
  }

  #nextTag(): number {
    this.#tag = (this.#tag % (TAGS - 1)) + 1;
    return this.#tag;
  }
}

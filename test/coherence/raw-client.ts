import { EventEmitter, once } from 'node:events';
import { wire } from '@bluebridge/memory';
import type { ClientSpec, Fabric } from '@bluebridge/templates';
import type { Wire } from 'ethernet-wire';

type Fields = Partial<wire.Message>;

/** What a client has heard: the message, and its payload. */
export interface Heard {
  readonly message: wire.Message;
  readonly payload: Uint8Array;
}

/** A client that says what the test wants it to say, one message at a time, and answers no probe by itself. */
export class RawClient {
  readonly heard: Heard[] = [];
  epoch = 0;
  private tag = 0x100;
  private readonly arrivals = new EventEmitter();

  constructor(
    private readonly fabric: Fabric,
    readonly spec: ClientSpec,
    private readonly cable: Wire,
  ) {
    cable.onFrames((frames) => {
      for (const frame of frames) {
        const message = new wire.Message();
        if (wire.decodeFrame(frame, message, { prefix: fabric.prefix, port: fabric.udpPort })) continue;
        this.heard.push({ message, payload: Uint8Array.from(message.payload(frame)) });
      }
      this.arrivals.emit('frames');
    });
  }

  send(op: number, fields: Fields = {}, payload?: Uint8Array): wire.Message {
    const message = Object.assign(new wire.Message(), {
      ...{
        prefix: this.fabric.prefix,
        kind: wire.Kind.REQUEST,
        op,
        client: this.spec.node,
        clientPort: 40_000,
      },
      ...{ tag: ++this.tag, epoch: this.epoch },
      ...fields,
    });
    const [to, from] = [this.fabric.switches[0]!.mac, this.spec.mac].map(wire.macBytes);
    this.cable.send(wire.encodeFrame(message, to!, from!, payload, this.fabric.udpPort));
    this.cable.flush();
    return message;
  }

  /** Send, and wait for the answer with the same tag. */
  async ask(op: number, fields: Fields = {}, payload?: Uint8Array): Promise<Heard> {
    const { tag } = this.send(op, fields, payload);
    return this.next(({ message }) => message.kind !== wire.Kind.PROBE && message.tag === tag);
  }

  /** Ask again as long as the answer is one of these refusals. */
  async insist(op: number, fields: Fields, while_: readonly number[]): Promise<Heard> {
    for (;;) {
      const heard = await this.ask(op, fields);
      if (heard.message.kind !== wire.Kind.NACK || !while_.includes(heard.message.status)) return heard;
    }
  }

  /** The first that was heard and fits; it is heard once. */
  async next(fits: (heard: Heard) => boolean): Promise<Heard> {
    for (;;) {
      const at = this.heard.findIndex(fits);
      if (at >= 0) return this.heard.splice(at, 1)[0]!;
      await once(this.arrivals, 'frames');
    }
  }

  probe(): Promise<Heard> {
    return this.next(({ message }) => message.kind === wire.Kind.PROBE);
  }

  /** JOIN, until it is answered. @returns the epoch */
  async join(incarnation: number, joins: number): Promise<number> {
    const { message } = await this.ask(wire.Op.JOIN, {
      ...{ node: wire.ANYCAST_NODE, bitmapLow: incarnation, number: joins, epoch: 0 },
      extensions: wire.Extension.COHERENCE,
    });
    this.epoch = message.requesterEpoch;
    return this.epoch;
  }
}

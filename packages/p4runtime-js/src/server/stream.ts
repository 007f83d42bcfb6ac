import type { ServerDuplexStream } from '@grpc/grpc-js';
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import type { StreamError, StreamMessageRequest, StreamMessageResponse } from '../messages.js';
import { StreamMessageResponse as Response } from '../messages.js';
import type { StreamEvent } from '../observe/observer.js';
import type { Watch } from '../observe/watch.js';
import type { Init } from '../wire/message-type.js';
import type { Notification } from './arbiter.js';
import type { Device, Devices } from './device.js';
import { failureOf } from './status.js';

/** Messages that may wait for a controller that reads slowly; beyond, packets and digests are dropped. */
const QUEUE_LIMIT = 4096;

type Call = ServerDuplexStream<StreamMessageRequest, StreamMessageResponse | Buffer>;

/** One controller's StreamChannel. It has a device from its first arbitration message on. */
export class ControllerStream {
  readonly #call: Call;
  readonly #devices: Devices;
  readonly #onEnd: (stream: ControllerStream) => void;
  readonly #watch: Watch;
  #device: Device | undefined;
  #ended = false;

  constructor(call: Call, devices: Devices, watch: Watch, onEnd: (stream: ControllerStream) => void) {
    this.#watch = watch;
    this.#call = call;
    this.#devices = devices;
    this.#onEnd = onEnd;
    call.on('data', (message: StreamMessageRequest) => this.#receive(message));
    call.on('end', () => {
      this.#leave();
      call.end();
    });
    call.on('cancelled', () => this.#leave());
    call.on('error', () => this.#leave());
  }

  /** Sends what may be lost. @returns false when the controller does not keep up, or is gone */
  offer(kind: StreamEvent['kind'], message: Buffer): boolean {
    const fits = !this.#ended && this.#call.writableLength < QUEUE_LIMIT;
    if (fits) this.#call.write(message);
    this.#watch.stream(fits ? 'sent' : 'dropped', kind);
    return fits;
  }

  /** Ends the stream with an error. */
  fail(thrown: unknown): void {
    if (this.#ended) return;
    this.#leave();
    this.#call.emit('error', failureOf(thrown));
  }

  #receive(message: StreamMessageRequest): void {
    if (this.#ended) return;
    this.#watch.stream('received', message.update ?? undefined);
    if (message.update === 'arbitration') {
      try {
        this.#arbitrate(message.arbitration!);
      } catch (thrown) {
        this.fail(thrown);
      }
      return;
    }
    this.#act(message).catch((thrown: unknown) =>
      this.#report(message, P4RuntimeError.from(thrown, Code.INTERNAL)),
    );
  }

  #arbitrate(message: NonNullable<StreamMessageRequest['arbitration']>): void {
    const device = this.#device ?? this.#devices.get(message.deviceId);
    if (device.handler.checkRole) {
      try {
        device.handler.checkRole({
          role: message.role?.name ?? '',
          roleConfig: message.role?.config ?? null,
        });
      } catch (thrown) {
        throw new P4RuntimeError(P4RuntimeError.from(thrown).rawMessage, Code.INVALID_ARGUMENT, {
          cause: thrown,
        });
      }
    }
    notify(device, device.arbiter.update(this, message));
    this.#device = device;
  }

  /** @throws P4RuntimeError which the controller gets as a StreamError */
  async #act(message: StreamMessageRequest): Promise<void> {
    const who = this.#device?.arbiter.callerOf(this);
    if (!this.#device || !who?.isPrimary) {
      throw new P4RuntimeError(
        who ? 'only the primary controller may send this' : 'send a MasterArbitrationUpdate first',
        Code.PERMISSION_DENIED,
      );
    }
    const { handler } = this.#device;
    if (message.update === 'packet' || message.update === 'digestAck') this.#device.checkPipeline();
    if (message.update === 'packet') return handler.packetOut(message.packet!, who.caller);
    if (message.update === 'digestAck') return handler.digestAck(message.digestAck!, who.caller);
    throw new P4RuntimeError(
      `this server has no use for a stream message with ${message.update ?? 'nothing'} in it`,
      Code.UNIMPLEMENTED,
    );
  }

  /** Specification, "Stream Error Reporting". Goes out like a packet: it may be lost under load. */
  #report(message: StreamMessageRequest, error: P4RuntimeError): void {
    const details: Init<StreamError> =
      message.update === 'packet'
        ? { packetOut: { packetOut: message.packet } }
        : message.update === 'digestAck'
          ? { digestListAck: { digestListAck: message.digestAck } }
          : { other: { other: message.other } };
    this.offer(
      'error',
      Response.encode({ error: { canonicalCode: error.code, message: error.rawMessage, ...details } }),
    );
  }

  #leave(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#device) notify(this.#device, this.#device.arbiter.leave(this));
    this.#onEnd(this);
  }

  /** Sends what must not be lost. */
  send(message: Init<StreamMessageResponse>): void {
    if (this.#ended) return;
    this.#watch.stream('sent', 'arbitration');
    this.#call.write(Response.encode(message));
  }
}

function notify(device: Device, notifications: readonly Notification<ControllerStream>[]): void {
  for (const { stream, message, afterWrites } of notifications) {
    const send = () => stream.send({ arbitration: message });
    if (afterWrites) void device.lock.idle().then(send);
    else send();
  }
}

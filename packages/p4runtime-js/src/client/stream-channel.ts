import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import type { Init, StreamMessageRequest, StreamMessageResponse } from '../messages.js';
import type { Watch } from '../observe/watch.js';
import { callError } from './call-error.js';

type Call = ClientDuplexStream<StreamMessageRequest, StreamMessageResponse>;

export interface StreamListener {
  message(message: StreamMessageResponse): void;
  /** Once; with the reason unless the stream was closed from here. */
  ended(error: P4RuntimeError | undefined): void;
}

const SENT = ['arbitration', 'packet', 'digestAck', 'other'] as const;

/** A StreamChannel as a wire: messages out, messages in, and its end, told once however it came. */
export class StreamChannel {
  readonly #call: Call;
  readonly #what: string;
  readonly #listener: StreamListener;
  readonly #watch: Watch;
  #closing = false;
  #ended = false;

  constructor(call: Call, address: string, watch: Watch, listener: StreamListener) {
    this.#call = call;
    this.#what = `StreamChannel to ${address}`;
    this.#listener = listener;
    this.#watch = watch;
    call.on('data', (message: StreamMessageResponse) => {
      if (this.#ended) return;
      watch.stream('received', message.update ?? undefined);
      listener.message(message);
    });
    call.on('error', (error: ServiceError) => this.#end(callError(this.#what, error)));
    // A server that ends the stream with OK is gone all the same.
    call.on('end', () =>
      this.#end(new P4RuntimeError(`${this.#what}: the server ended it`, Code.UNAVAILABLE)),
    );
  }

  /**
   * Resolves when the message is handed to the connection, so that awaiting it paces the sender.
   * @throws P4RuntimeError UNAVAILABLE when the stream has ended
   */
  send(message: Init<StreamMessageRequest>): Promise<void> {
    if (this.#ended) throw new P4RuntimeError(`${this.#what} has ended`, Code.UNAVAILABLE);
    this.#watch.stream(
      'sent',
      SENT.find((kind) => message[kind] != null),
    );
    return new Promise((resolve, reject) => {
      this.#call.write(message as StreamMessageRequest, (error?: Error | null) => {
        if (error) reject(callError(this.#what, error));
        else resolve();
      });
    });
  }

  close(): void {
    this.#closing = true;
    this.#call.end();
    this.#call.cancel();
    this.#end(undefined);
  }

  #end(error: P4RuntimeError | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#listener.ended(this.#closing ? undefined : error);
  }
}

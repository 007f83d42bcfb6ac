import { Client, type ClientDuplexStream, Metadata, type ServiceError } from '@grpc/grpc-js';
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { type Method, methods, type Outgoing } from '../grpc/methods.js';
import type { StreamMessageRequest, StreamMessageResponse } from '../messages.js';
import type { MethodName } from '../observe/observer.js';
import type { Watch } from '../observe/watch.js';
import { type ClientOptions, channelOptions } from './options.js';
import { channelCredentials } from './tls.js';

/** Anything of grpc-js that can be given up. */
interface Cancellable {
  cancel(): void;
}

/** One connection: every call on it has a deadline, and ends at the latest when the connection is given up. */
export class Transport {
  readonly address: string;
  readonly #client: Client;
  readonly #watch: Watch;
  readonly #calls = new Set<Cancellable>();
  #ended: P4RuntimeError | undefined;

  constructor(options: ClientOptions, watch: Watch) {
    this.#watch = watch;
    this.address = options.address;
    this.#client = new Client(options.address, channelCredentials(options.tls), channelOptions(options));
  }

  /** @throws what grpc-js throws, or the reason for which the connection was given up */
  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Outgoing<NoInfer<Request>>,
    deadlineMs: number,
  ): Promise<Response> {
    this.#checkOpen();
    const ended = this.#watch.call(nameOf(method));
    return new Promise((resolve, reject) => {
      const call = this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request as Request,
        new Metadata(),
        { deadline: Date.now() + deadlineMs },
        (error, response) => {
          this.#calls.delete(call);
          ended(error ?? undefined);
          if (error) reject(this.#explain(error, deadlineMs));
          else resolve(response!);
        },
      );
      this.#calls.add(call);
    });
  }

  /** Messages of a server stream, with its backpressure. Leaving the loop gives the call up. */
  async *serverStream<Request, Response>(
    method: Method<Request, Response>,
    request: Outgoing<NoInfer<Request>>,
    deadlineMs: number,
  ): AsyncGenerator<Response> {
    this.#checkOpen();
    const ended = this.#watch.call(nameOf(method));
    let failure: unknown;
    const call = this.#client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request as Request,
      new Metadata(),
      { deadline: Date.now() + deadlineMs },
    );
    this.#calls.add(call);
    try {
      for await (const message of call) yield message as Response;
    } catch (thrown) {
      failure = thrown;
      throw this.#explain(thrown, deadlineMs);
    } finally {
      ended(failure);
      this.#calls.delete(call);
      // A call that is given up reports CANCELLED, to nobody.
      call.on('error', () => {});
      call.cancel();
    }
  }

  openStream(): ClientDuplexStream<StreamMessageRequest, StreamMessageResponse> {
    const { path, requestSerialize, responseDeserialize } = methods.streamChannel;
    return this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  }

  /** Ends every call. Later ones fail with the same reason. */
  end(reason: P4RuntimeError): void {
    if (this.#ended) return;
    this.#ended = reason;
    for (const call of this.#calls) call.cancel();
    this.#client.close();
  }

  #checkOpen(): void {
    if (this.#ended) throw this.#sessionOver(this.#ended);
  }

  #explain(thrown: unknown, deadlineMs: number): unknown {
    const error = thrown as Partial<ServiceError>;
    if (error.code === Code.CANCELLED && this.#ended) return this.#sessionOver(this.#ended);
    if (error.code === Code.DEADLINE_EXCEEDED) {
      return new P4RuntimeError(
        `${this.address} did not answer within ${deadlineMs} ms`,
        Code.DEADLINE_EXCEEDED,
        { cause: thrown },
      );
    }
    return thrown;
  }

  #sessionOver(reason: P4RuntimeError): P4RuntimeError {
    return new P4RuntimeError(
      `the session with ${this.address} is over: ${reason.rawMessage}`,
      Code.UNAVAILABLE,
      { cause: reason },
    );
  }
}

const nameOf = ({ path }: { readonly path: string }) => path.slice(path.lastIndexOf('/') + 1) as MethodName;

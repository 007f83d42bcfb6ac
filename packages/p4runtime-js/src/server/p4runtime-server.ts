import { once } from 'node:events';
import { Server, type ServerUnaryCall, type ServerWritableStream, type sendUnaryData } from '@grpc/grpc-js';
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { methods } from '../grpc/methods.js';
import type { ReadRequest, ReadResponse } from '../messages.js';
import type { MethodName, Observer } from '../observe/observer.js';
import { codeOf, Watch } from '../observe/watch.js';
import { Device, Devices } from './device.js';
import type { DeviceHandler } from './device-handler.js';
import { type ListenOptions, serverCredentials } from './listening.js';
import { getPipeline, setPipeline } from './pipeline.js';
import { read } from './read.js';
import { batchFailure, failureOf } from './status.js';
import { ControllerStream } from './stream.js';
import { write } from './write.js';

export interface P4RuntimeServerOptions {
  readonly devices: readonly DeviceHandler[];
  /** What Capabilities answers. */
  readonly apiVersion?: string;
  /** Controllers that one role of a device may have at a time; 64 unless given. */
  readonly maxStreams?: number;
  /**
   * For the errors of one Write or Read, before base64; 6000 unless given, as with the rest of the trailers many gRPC
   * clients refuse more than 8192. See `batchFailure` for what is left out first.
   */
  readonly errorDetailBytes?: number;
  /** Told of calls, updates and stream messages, for metrics. */
  readonly observer?: Observer;
}

/** Serves P4Runtime for devices. */
export class P4RuntimeServer {
  readonly #devices = new Devices();
  readonly #streams = new Set<ControllerStream>();
  readonly #errorDetailBytes: number;
  readonly #watch: Watch;
  // Pipelines and reads pass 4 MiB easily (specification, "gRPC Server Maximum Receive Message Size").
  readonly #server = new Server({
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
  });
  #stopping = false;

  /** @throws P4RuntimeError INVALID_ARGUMENT for a device id that is zero or used twice */
  constructor(options: P4RuntimeServerOptions) {
    this.#errorDetailBytes = options.errorDetailBytes ?? 6000;
    this.#watch = new Watch(options.observer);
    for (const handler of options.devices)
      this.#devices.add(new Device(handler, options.maxStreams ?? 64, this.#watch));
    this.#server.addService(methods, {
      write: unary(this.#watch, 'Write', (request) => this.#write(request)),
      read: (call: ServerWritableStream<ReadRequest, ReadResponse | Buffer>) => void this.#read(call),
      setForwardingPipelineConfig: unary<'setForwardingPipelineConfig'>(
        this.#watch,
        'SetForwardingPipelineConfig',
        async (request) => {
          await setPipeline(this.#devices.get(request.deviceId), request);
          return {};
        },
      ),
      getForwardingPipelineConfig: unary<'getForwardingPipelineConfig'>(
        this.#watch,
        'GetForwardingPipelineConfig',
        (request) => ({
          config: getPipeline(this.#devices.get(request.deviceId), request) ?? null,
        }),
      ),
      streamChannel: (call: ConstructorParameters<typeof ControllerStream>[0]) => this.#open(call),
      capabilities: unary<'capabilities'>(this.#watch, 'Capabilities', (request) => {
        if (request.deviceId !== 0n) this.#devices.get(request.deviceId);
        return { p4runtimeApiVersion: options.apiVersion ?? '1.5.0' };
      }),
    });
  }

  /**
   * @param address `127.0.0.1:9559`, `[::1]:0` for any free port, `unix:/run/switch.sock`
   * @param options off the loopback, `tls` or else `allowInsecure`
   * @returns the port that is listened on
   * @throws P4RuntimeError UNAVAILABLE when the address cannot be had, FAILED_PRECONDITION off the loopback without TLS,
   * INVALID_ARGUMENT for keys and certificates that are none
   */
  async listen(address: string, options: ListenOptions = {}): Promise<number> {
    const credentials = serverCredentials(address, options);
    return new Promise((resolve, reject) => {
      this.#server.bindAsync(address, credentials, (error, port) => {
        if (!error) return resolve(port);
        reject(
          new P4RuntimeError(`cannot listen on ${address}: ${error.message}`, Code.UNAVAILABLE, {
            cause: error,
          }),
        );
      });
    });
  }

  /**
   * Ends every stream with UNAVAILABLE and lets calls that are under way end.
   * @param graceMs how long they may take before they are dropped
   */
  async stop(graceMs = 2000): Promise<void> {
    this.#stopping = true;
    for (const stream of [...this.#streams])
      stream.fail(new P4RuntimeError('the server stops', Code.UNAVAILABLE));
    const timer = setTimeout(() => this.kill(), graceMs);
    await new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    clearTimeout(timer);
  }

  /** Drops every connection at once, as a crash would. */
  kill(): void {
    this.#server.forceShutdown();
  }

  #open(call: ConstructorParameters<typeof ControllerStream>[0]): void {
    const stream = new ControllerStream(call, this.#devices, this.#watch, (ended) =>
      this.#streams.delete(ended),
    );
    this.#streams.add(stream);
    if (this.#stopping) stream.fail(new P4RuntimeError('the server stops', Code.UNAVAILABLE));
  }

  async #write(request: Parameters<typeof write>[1]) {
    const outcomes = await write(this.#devices.get(request.deviceId), request);
    this.#watch.updates(request.updates, (i) => codeOf(outcomes[i]));
    if (outcomes.some((outcome) => outcome)) throw batchFailure('update', outcomes, this.#errorDetailBytes);
    return {};
  }

  async #read(call: ServerWritableStream<ReadRequest, ReadResponse | Buffer>): Promise<void> {
    const ended = this.#watch.call('Read');
    try {
      const { responses, outcomes } = await read(this.#devices.get(call.request.deviceId), call.request);
      for (const response of responses) {
        if (call.cancelled || call.destroyed) return ended({ code: Code.CANCELLED });
        if (!call.write(response))
          await Promise.race([once(call, 'drain'), once(call, 'cancelled'), once(call, 'close')]);
      }
      const failure = outcomes.some((outcome) => outcome)
        ? batchFailure('pattern', outcomes, this.#errorDetailBytes)
        : undefined;
      ended(failure);
      if (failure) call.emit('error', failure);
      else call.end();
    } catch (thrown) {
      ended(thrown);
      call.emit('error', failureOf(thrown));
    }
  }
}

type RequestOf<Name extends keyof typeof methods> = ReturnType<(typeof methods)[Name]['requestDeserialize']>;
type ResponseOf<Name extends keyof typeof methods> = Parameters<
  (typeof methods)[Name]['responseSerialize']
>[0];

/** A handler that returns or throws, as grpc-js wants it. A thrown plain object is a status already. */
function unary<Name extends keyof typeof methods = 'write'>(
  watch: Watch,
  method: MethodName,
  handle: (request: RequestOf<Name>) => unknown,
): (call: ServerUnaryCall<RequestOf<Name>, ResponseOf<Name>>, done: sendUnaryData<ResponseOf<Name>>) => void {
  return async (call, done) => {
    const ended = watch.call(method);
    try {
      const response = (await handle(call.request)) as ResponseOf<Name>;
      ended(undefined);
      done(null, response);
    } catch (thrown) {
      ended(thrown);
      done(thrown instanceof Error ? failureOf(thrown) : (thrown as ReturnType<typeof failureOf>));
    }
  };
}

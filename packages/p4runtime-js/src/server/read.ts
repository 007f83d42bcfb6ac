import { setImmediate } from 'node:timers/promises';
import { Code } from '../errors/code.js';
import { P4RuntimeError } from '../errors/p4runtime-error.js';
import { Entity, type Init, type ReadRequest } from '../messages.js';
import { roleName } from './arbiter.js';
import type { Device } from './device.js';
import type { Outcome } from './status.js';

/** Far below the 4 MiB that a client takes by default. */
const RESPONSE_BYTES = 512 * 1024;

/** What a Read finds: encoded ReadResponses, and the outcome of each pattern. */
export interface ReadResult {
  readonly responses: readonly Buffer[];
  readonly outcomes: readonly Outcome[];
}

/**
 * Collects what matches. All of it is encoded before the next Write may begin, so that the answer is one state of the
 * device and a client that reads slowly holds up nobody.
 * @throws P4RuntimeError FAILED_PRECONDITION without a pipeline
 */
export function read(device: Device, request: ReadRequest): Promise<ReadResult> {
  return device.lock.read(async () => {
    device.checkPipeline();
    const packer = new Packer();
    const outcomes: Outcome[] = [];
    for (const pattern of request.entities) {
      try {
        await collect(device, request, pattern, packer);
        outcomes.push(undefined);
      } catch (thrown) {
        outcomes.push(P4RuntimeError.from(thrown, Code.INTERNAL));
      }
    }
    return { responses: packer.finish(), outcomes };
  });
}

async function collect(device: Device, request: ReadRequest, pattern: Entity, packer: Packer): Promise<void> {
  if (!pattern.entity)
    throw new P4RuntimeError(
      'the pattern has no entity; set one, left empty to read all of its kind',
      Code.INVALID_ARGUMENT,
    );
  const found = device.handler.read(pattern, { role: roleName(request.role, undefined), roleConfig: null });
  if (Symbol.asyncIterator in found) {
    for await (const entity of found) packer.add(entity);
    return;
  }
  for (const entity of found) {
    // The device forwards packets in this thread: a big read lets go of it between responses.
    if (packer.add(entity)) await setImmediate();
  }
}

/** Puts encoded entities into ReadResponses: each is field 1, length-delimited. */
class Packer {
  readonly #responses: Buffer[] = [];
  #parts: Buffer[] = [];
  #bytes = 0;

  /** @returns whether a response became full */
  add(entity: Init<Entity>): boolean {
    const bytes = Entity.encode(entity);
    this.#parts.push(fieldHeader(bytes.length), bytes);
    this.#bytes += bytes.length;
    if (this.#bytes < RESPONSE_BYTES) return false;
    this.#flush();
    return true;
  }

  finish(): Buffer[] {
    if (this.#parts.length > 0) this.#flush();
    return this.#responses;
  }

  #flush(): void {
    this.#responses.push(Buffer.concat(this.#parts));
    this.#parts = [];
    this.#bytes = 0;
  }
}

function fieldHeader(length: number): Buffer {
  const bytes = [0x0a];
  let rest = length;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  bytes.push(rest);
  return Buffer.from(bytes);
}

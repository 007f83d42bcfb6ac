import type { Segment } from '../device.js';
import type { ByteQueue } from './byte-queue.js';
import {
  ALLOCATION_CONTEXT_ID,
  AllocationState,
  CHUNK_DONE,
  Chunk,
  Command,
  MAX_PAYLOAD,
  NbdViolation,
  REQUEST_MAGIC,
  SIMPLE_REPLY_MAGIC,
  STRUCTURED_REPLY_MAGIC,
} from './constants.js';

export interface Request {
  readonly flags: number;
  readonly type: number;
  /** Chosen by the client, echoed. */
  readonly cookie: bigint;
  readonly offset: bigint;
  /** Bytes. */
  readonly length: number;
  /** Of a WRITE. */
  readonly payload: Buffer | undefined;
}

const REQUEST_HEAD = 28;

/** The next request, if it is all there. @throws NbdViolation for bytes that are no request, or more payload than is taken */
export function takeRequest(bytes: ByteQueue): Request | undefined {
  const head = bytes.peek(REQUEST_HEAD);
  if (head === undefined) return undefined;
  const magic = head.readUInt32BE(0);
  if (magic !== REQUEST_MAGIC) throw new NbdViolation(`0x${magic.toString(16)} where a request should start`);
  const type = head.readUInt16BE(6);
  const length = head.readUInt32BE(24);
  const isWrite = type === Command.WRITE;
  if (isWrite && length > MAX_PAYLOAD) {
    throw new NbdViolation(`a WRITE of ${length} bytes; ${MAX_PAYLOAD} are the limit`);
  }
  const whole = bytes.take(REQUEST_HEAD + (isWrite ? length : 0));
  if (whole === undefined) return undefined;
  return {
    flags: whole.readUInt16BE(4),
    type,
    cookie: whole.readBigUInt64BE(8),
    offset: whole.readBigUInt64BE(16),
    length,
    payload: isWrite ? whole.subarray(REQUEST_HEAD) : undefined,
  };
}

/** @param error 0, or one of Errno; only a READ without error has bytes behind it */
export function simpleReply(cookie: bigint, error: number): Buffer {
  const head = Buffer.allocUnsafe(16);
  head.writeUInt32BE(SIMPLE_REPLY_MAGIC, 0);
  head.writeUInt32BE(error, 4);
  head.writeBigUInt64BE(cookie, 8);
  return head;
}

/** A chunk's head with room for the first `inside` bytes of its payload; `outside` bytes follow it. */
function chunk(type: number, cookie: bigint, isLast: boolean, inside: number, outside = 0): Buffer {
  const head = Buffer.allocUnsafe(20 + inside);
  head.writeUInt32BE(STRUCTURED_REPLY_MAGIC, 0);
  head.writeUInt16BE(isLast ? CHUNK_DONE : 0, 4);
  head.writeUInt16BE(type, 6);
  head.writeBigUInt64BE(cookie, 8);
  head.writeUInt32BE(inside + outside, 16);
  return head;
}

export function noneChunk(cookie: bigint): Buffer {
  return chunk(Chunk.NONE, cookie, true, 0);
}

export function errorChunk(cookie: bigint, error: number, message: string): Buffer {
  const text = Buffer.from(message).subarray(0, 1024);
  const head = chunk(Chunk.ERROR, cookie, true, 6, text.length);
  head.writeUInt32BE(error, 20);
  head.writeUInt16BE(text.length, 24);
  return Buffer.concat([head, text]);
}

/** The chunks of a READ's reply: one for each segment, which lie close to one another from `start` on. */
export function readChunks(
  cookie: bigint,
  start: number,
  bytes: Buffer,
  segments: readonly Segment[],
): Buffer[] {
  const out: Buffer[] = [];
  for (const [i, { offset, length, isHole }] of segments.entries()) {
    const isLast = i === segments.length - 1;
    const head = isHole
      ? chunk(Chunk.OFFSET_HOLE, cookie, isLast, 12)
      : chunk(Chunk.OFFSET_DATA, cookie, isLast, 8, length);
    head.writeBigUInt64BE(BigInt(offset), 20);
    out.push(head);
    if (isHole) head.writeUInt32BE(length, 28);
    else out.push(bytes.subarray(offset - start, offset - start + length));
  }
  return out;
}

export function blockStatusChunk(cookie: bigint, segments: readonly Segment[]): Buffer {
  const head = chunk(Chunk.BLOCK_STATUS, cookie, true, 4 + 8 * segments.length);
  head.writeUInt32BE(ALLOCATION_CONTEXT_ID, 20);
  for (const [i, { length, isHole }] of segments.entries()) {
    head.writeUInt32BE(length, 24 + 8 * i);
    head.writeUInt32BE(isHole ? AllocationState.HOLE | AllocationState.ZERO : 0, 28 + 8 * i);
  }
  return head;
}

import { type BlockDevice, DiskError, type Segment } from '../device.js';
import { Command, CommandFlag, Errno, MAX_PAYLOAD } from './constants.js';
import type { Negotiated } from './handshake.js';
import {
  blockStatusChunk,
  errorChunk,
  noneChunk,
  type Request,
  readChunks,
  simpleReply,
} from './messages.js';

/** The most ranges in one reply to BLOCK_STATUS; a client asks again for the rest. */
const MAX_RANGES = 1024;

/** A request that is answered with an error, after which the connection goes on. */
class Refused extends Error {
  constructor(
    readonly errno: number,
    message: string,
  ) {
    super(message);
  }
}

const { FUA, NO_HOLE, DF, REQ_ONE, FAST_ZERO } = CommandFlag;

/** The flags that mean something with a command; FUA is one with every command (and true of every write anyway). */
const FLAGS: Readonly<Record<number, number>> = {
  [Command.READ]: FUA | DF,
  [Command.WRITE]: FUA,
  [Command.FLUSH]: FUA,
  [Command.TRIM]: FUA,
  [Command.CACHE]: FUA,
  // Zeroing sends no payload and is always faster than writing, which is what FAST_ZERO asks for.
  [Command.WRITE_ZEROES]: FUA | NO_HOLE | FAST_ZERO,
  [Command.BLOCK_STATUS]: FUA | REQ_ONE,
};

/** Do what a request asks. @returns the whole reply, in pieces; an error is a reply, too */
export async function execute(
  device: BlockDevice,
  negotiated: Negotiated,
  request: Request,
): Promise<Buffer[]> {
  const { cookie } = request;
  try {
    check(device, negotiated, request);
    return (await perform(device, negotiated, request)) ?? [simpleReply(cookie, 0)];
  } catch (error) {
    const { errno, message } = refusal(error);
    return [negotiated.structured ? errorChunk(cookie, errno, message) : simpleReply(cookie, errno)];
  }
}

/** @returns the reply of a command that has one of its own */
async function perform(
  device: BlockDevice,
  negotiated: Negotiated,
  request: Request,
): Promise<Buffer[] | undefined> {
  const { type, flags, length, payload } = request;
  const offset = Number(request.offset);
  switch (type) {
    case Command.READ:
      return read(device, negotiated, request);
    case Command.WRITE:
      await device.write(offset, payload!);
      return undefined;
    case Command.FLUSH:
      await device.flush();
      return undefined;
    case Command.TRIM:
      await device.zero(offset, length);
      return undefined;
    case Command.WRITE_ZEROES:
      await device.zero(offset, length, { keepAllocated: (flags & NO_HOLE) !== 0 });
      return undefined;
    case Command.BLOCK_STATUS:
      return [blockStatusChunk(request.cookie, ranges(device, request))];
    default:
      // CACHE: there is no cache on this side of the servers to fill.
      return undefined;
  }
}

async function read(device: BlockDevice, { structured }: Negotiated, request: Request): Promise<Buffer[]> {
  const { cookie, length, flags } = request;
  const offset = Number(request.offset);
  const bytes = Buffer.allocUnsafeSlow(length);
  const segments = await device.read(offset, bytes);
  if (!structured) return [simpleReply(cookie, 0), bytes];
  if (segments.length === 0) return [noneChunk(cookie)];
  const isWhole = (flags & DF) !== 0 && segments.length > 1;
  return readChunks(cookie, offset, bytes, isWhole ? [{ offset, length, isHole: false }] : segments);
}

function ranges(device: BlockDevice, { offset, length, flags }: Request): Segment[] {
  const limit = (flags & REQ_ONE) !== 0 ? 1 : MAX_RANGES;
  const list: Segment[] = [];
  for (const segment of device.segments(Number(offset), length)) {
    list.push(segment);
    if (list.length === limit) break;
  }
  return list;
}

/** @throws Refused for what the protocol or the size of the device does not allow */
function check(device: BlockDevice, negotiated: Negotiated, request: Request): void {
  const { type, flags, offset, length } = request;
  const known = FLAGS[type];
  if (known === undefined) throw new Refused(Errno.EINVAL, `unknown command ${type}`);
  const strange = flags & ~known;
  if (strange !== 0) throw new Refused(Errno.EINVAL, `flags 0x${strange.toString(16)} with command ${type}`);
  if ((flags & DF) !== 0 && !negotiated.structured) {
    throw new Refused(Errno.EINVAL, 'DF without structured replies');
  }
  if (type === Command.FLUSH) {
    if (offset !== 0n || length !== 0) throw new Refused(Errno.EINVAL, 'FLUSH has no range');
    return;
  }
  if (type === Command.READ && length > MAX_PAYLOAD) {
    throw new Refused(Errno.EINVAL, `a READ of ${length} bytes; ${MAX_PAYLOAD} are the limit`);
  }
  if (type === Command.BLOCK_STATUS) {
    if (!negotiated.allocation) throw new Refused(Errno.EINVAL, 'no context was chosen');
    if (length === 0) throw new Refused(Errno.EINVAL, 'BLOCK_STATUS of 0 bytes');
  }
  if (offset + BigInt(length) <= BigInt(device.size)) return;
  const writes = type === Command.WRITE || type === Command.WRITE_ZEROES;
  const text = `${length} bytes from ${offset} on are not inside a disk of ${device.size} bytes`;
  throw new Refused(writes ? Errno.ENOSPC : Errno.EINVAL, text);
}

function refusal(error: unknown): { errno: number; message: string } {
  if (error instanceof Refused) return error;
  if (!(error instanceof DiskError)) return { errno: Errno.EIO, message: String(error) };
  const errno =
    error.code === 'NO_SPACE' ? Errno.ENOSPC : error.code === 'DISK_CLOSED' ? Errno.ESHUTDOWN : Errno.EIO;
  return { errno, message: error.message };
}

// protobufjs gives 64-bit fields as Long objects. Here they are bigint, by a reader and a writer of our own: nothing of
// protobufjs's global configuration changes, as other users of it live in the same process (grpc-js among them).
import protobuf from 'protobufjs/minimal.js';

/** Reads 64-bit varints as bigint, and bytes as views of the given buffer. */
export class BigIntReader extends protobuf.Reader {
  constructor(bytes: Uint8Array) {
    // Buffers would come out as Buffers, which deepEqual takes to differ from Uint8Arrays.
    super(Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes);
  }
}

/** Writes 64-bit varints from bigint or number. */
export class BigIntWriter extends protobuf.BufferWriter {}

function readUint64(this: protobuf.Reader): bigint {
  const first = this.buf[this.pos];
  if (first !== undefined && first < 128 && this.pos < this.len) {
    this.pos++;
    return BigInt(first);
  }
  const long = protobuf.Reader.prototype.uint64.call(this);
  if (typeof long === 'number') return BigInt(long);
  return (BigInt(long.high >>> 0) << 32n) | BigInt(long.low >>> 0);
}

function readInt64(this: protobuf.Reader): bigint {
  return BigInt.asIntN(64, readUint64.call(this));
}

function write64(this: protobuf.Writer, value: bigint | number): protobuf.Writer {
  if (typeof value === 'number') return protobuf.Writer.prototype.uint64.call(this, value);
  if (value >= 0n && value <= 0xffff_ffffn) return protobuf.Writer.prototype.uint64.call(this, Number(value));
  const low = Number(BigInt.asIntN(32, value));
  const high = Number(BigInt.asIntN(32, value >> 32n));
  return protobuf.Writer.prototype.uint64.call(this, { low, high, unsigned: true });
}

// Assigned rather than overridden: the declared type of these methods is Long.
Object.assign(BigIntReader.prototype, { uint64: readUint64, int64: readInt64 });
Object.assign(BigIntWriter.prototype, { uint64: write64, int64: write64 });

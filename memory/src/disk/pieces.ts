import { MemoryError } from '../client/errors.js';
import { DiskError } from './device.js';

/** The part of a range that lies in one extent. Bytes. */
export interface Piece {
  /** Which extent. */
  readonly index: number;
  /** Where the part starts in the extent. */
  readonly start: number;
  /** Where it starts in the range, and where it ends. */
  readonly from: number;
  readonly to: number;
  /** The part is the whole extent. */
  readonly isWhole: boolean;
}

/** How ranges of a volume lie in its extents; the last one may be shorter. */
export class Pieces {
  constructor(
    private readonly size: number,
    private readonly extent: number,
  ) {}

  /** Bytes. */
  lengthOf(index: number): number {
    return Math.min(this.extent, this.size - index * this.extent);
  }

  isOne(offset: number, length: number): boolean {
    return length > 0 && (offset % this.extent) + length <= this.extent;
  }

  /** @param length more than 0 */
  first(offset: number, length: number): Piece {
    const index = Math.floor(offset / this.extent);
    const start = offset % this.extent;
    const to = Math.min(length, this.extent - start);
    return { index, start, from: 0, to, isWhole: to === this.lengthOf(index) };
  }

  /** @param concerns which extents are wanted */
  *of(offset: number, length: number, concerns: (index: number) => boolean = () => true): Generator<Piece> {
    for (let from = 0; from < length; ) {
      const piece = this.first(offset + from, length - from);
      if (concerns(piece.index)) yield { ...piece, from, to: from + piece.to };
      from += piece.to;
    }
  }
}

/** Why a volume cannot have such extents. */
export function extentError(extent: number, pageSize: number): string | undefined {
  const isFit = Number.isInteger(Math.log2(extent)) && extent >= pageSize && extent <= 2 ** 31;
  if (isFit) return undefined;
  return `an extent of ${extent} bytes is not a power of two from a page, ${pageSize} bytes, to 2 GiB`;
}

/** What a failure of remote memory is to whoever uses the disk. */
export function ioError(error: unknown): unknown {
  if (!(error instanceof MemoryError)) return error;
  const code = error.code === 'NO_MEMORY' ? 'NO_SPACE' : 'IO_FAILED';
  return new DiskError(code, error.message, { cause: error });
}

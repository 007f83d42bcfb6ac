/** Where a file's bytes come from: all at once, or piece by piece (a stream of Node is one). */
export type FileSource = Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** A file of known size is cut into about this many extents, so that it is spread over servers. */
const WANTED_EXTENTS = 8;
const LARGEST_DEFAULT = 1 << 20;
const STREAM_DEFAULT = 1 << 18;

/** Bytes of an extent where the caller has no wish: a power of two from a page to 1 MiB. */
export function defaultExtent(source: FileSource, pageSize: number): number {
  const limit = Math.max(pageSize, LARGEST_DEFAULT);
  if (!(source instanceof Uint8Array)) return Math.max(pageSize, STREAM_DEFAULT);
  let extent = pageSize;
  while (extent < limit && extent * 2 * WANTED_EXTENTS <= source.length) extent *= 2;
  return extent;
}

/**
 * Cut a source into pieces of exactly `extent` bytes; what remains is cut into powers of two of pages, largest first, so that
 * at most a part of one page is wasted.
 * @param extent bytes, a power of two of at least a page
 */
export async function* cutIntoExtents(
  source: FileSource,
  extent: number,
  pageSize: number,
): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array;
  if (source instanceof Uint8Array) {
    let at = 0;
    for (; source.length - at >= extent; at += extent) yield source.subarray(at, at + extent);
    rest = source.subarray(at);
  } else {
    // Copied, because a stream may reuse its buffer while earlier pieces are still on their way.
    let filling = new Uint8Array(extent);
    let filled = 0;
    for await (const piece of source) {
      for (let at = 0; at < piece.length; ) {
        const part = piece.subarray(at, at + extent - filled);
        filling.set(part, filled);
        at += part.length;
        filled += part.length;
        if (filled < extent) continue;
        yield filling;
        filling = new Uint8Array(extent);
        filled = 0;
      }
    }
    rest = filling.subarray(0, filled);
  }
  while (rest.length > 0) {
    let bytes = pageSize;
    while (bytes * 2 <= rest.length) bytes *= 2;
    yield rest.subarray(0, bytes);
    rest = rest.subarray(Math.min(bytes, rest.length));
  }
}

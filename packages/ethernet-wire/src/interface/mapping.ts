import type { Libc } from './libc.js';
import { MAP_FIXED, MAP_NORESERVE, MAP_PRIVATE_ANONYMOUS, PROT_READ_WRITE } from './linux.js';

/** A piece of mapped memory. */
export interface Mapping {
  readonly address: bigint;
  readonly bytes: number;
}

const unreachable = new FinalizationRegistry<{ sys: Libc; mapping: Mapping }>(({ sys, mapping }) => {
  sys.munmap(mapping.address, mapping.bytes);
});

/**
 * See mapped memory as an ArrayBuffer. Such a buffer cannot be detached, so a view that someone kept would kill the
 * process after a munmap. Therefore it is unmapped when the last view has been collected; `abandon` gives the memory
 * itself back earlier.
 */
export function viewMapping(sys: Libc, mapping: Mapping): ArrayBuffer {
  const buffer = sys.view(mapping.address, mapping.bytes);
  unreachable.register(buffer, { sys, mapping });
  return buffer;
}

/** Replace the memory by zero pages that take up nothing until touched; only the addresses stay reserved. */
export function abandon(sys: Libc, { address, bytes }: Mapping): void {
  sys.mmap(address, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
}

import { wordCount } from '../bits/words.js';
import type { Header } from '../ir/program.js';
import type { Layout } from './layout.js';
import type { Source } from './source.js';

/** One 32-bit word (or the narrower top word) of a field, and the bits of the header that it holds. */
interface Piece {
  readonly slot: number;
  /** First bit within the header. */
  readonly at: number;
  readonly width: number;
}

function pieces(layout: Layout, header: Header): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const field of header.fields) {
    const words = wordCount(field.width);
    let width = field.width - (words - 1) * 32;
    for (let i = 0; i < words; i++) {
      out.push({ slot: layout.slot(field) + i, at, width });
      at += width;
      width = 32;
    }
  }
  return out;
}

/**
 * `xN(o)`: take a header of fixed size out of the bytes at `o`. The header is read in 32-bit chunks and each field
 * word is cut from one chunk or two.
 */
export function compileExtract(out: Source, layout: Layout, header: Header): void {
  out.block(`function x${header.index}(o)`, () => {
    const bytes = header.fixedBytes;
    for (let chunk = 0; chunk * 4 < bytes; chunk++) {
      out.line(`const c${chunk} = ${readChunk(chunk * 4, bytes - chunk * 4)};`);
    }
    for (const piece of pieces(layout, header)) out.line(`F[${piece.slot}] = ${cut(piece)};`);
    markValid(out, header);
  });
}

function readChunk(at: number, left: number): string {
  const o = at === 0 ? 'o' : `o + ${at}`;
  if (left >= 4) return `DV.getInt32(${o})`;
  if (left === 3) return `(DV.getUint16(${o}) << 16) | (B[o + ${at + 2}] << 8)`;
  if (left === 2) return `DV.getUint16(${o}) << 16`;
  return `B[${o}] << 24`;
}

function cut({ at, width }: Piece): string {
  const chunk = at >>> 5;
  const first = at & 31;
  const mask = width === 32 ? '' : ` & ${2 ** width - 1}`;
  if (first + width <= 32) {
    const shift = 32 - first - width;
    if (shift === 0) return `c${chunk}${mask}`;
    return first === 0 ? `c${chunk} >>> ${shift}` : `(c${chunk} >>> ${shift})${mask}`;
  }
  const over = first + width - 32;
  return `((c${chunk} << ${over}) | (c${chunk + 1} >>> ${32 - over}))${mask}`;
}

/** `eN(o)`: write a header of fixed size to the bytes at `o`. */
export function compileEmit(out: Source, layout: Layout, header: Header): void {
  out.block(`function e${header.index}(o)`, () => {
    const bytes = header.fixedBytes;
    const chunks: string[][] = Array.from({ length: Math.ceil(bytes / 4) }, () => []);
    for (const { slot, at, width } of pieces(layout, header)) {
      const chunk = at >>> 5;
      const end = (at & 31) + width;
      if (end <= 32) chunks[chunk]!.push(end === 32 ? `F[${slot}]` : `(F[${slot}] << ${32 - end})`);
      else {
        chunks[chunk]!.push(`(F[${slot}] >>> ${end - 32})`);
        chunks[chunk + 1]!.push(`(F[${slot}] << ${64 - end})`);
      }
    }
    for (const [chunk, parts] of chunks.entries()) {
      writeChunk(out, chunk * 4, bytes - chunk * 4, parts.join(' | '));
    }
  });
}

function writeChunk(out: Source, at: number, left: number, value: string): void {
  const o = at === 0 ? 'o' : `o + ${at}`;
  if (left >= 4) return out.line(`DV.setInt32(${o}, ${value});`);
  const held = out.hold(value);
  if (left >= 2) out.line(`DV.setUint16(${o}, ${held} >>> 16);`);
  if (left === 3) out.line(`B[o + ${at + 2}] = ${held} >>> 8;`);
  if (left === 1) out.line(`B[${o}] = ${held} >>> 24;`);
}

export function markValid(out: Source, header: Header): void {
  if (header.metadata) return;
  if (header.union) for (const member of header.union.union.headers) out.line(`V[${member.index}] = 0;`);
  out.line(`V[${header.index}] = 1;`);
}

/** JavaScript for the bytes a header takes now. */
export function byteLength(layout: Layout, header: Header): string {
  if (!header.varbit) return `${header.fixedBytes}`;
  return `(${header.fixedBytes} + (F[${layout.lengthSlot(header.varbit)}] >>> 3))`;
}

/** Headers whose every field has a fixed width. */
export function isFixed(header: Header): boolean {
  return header.varbit === undefined;
}

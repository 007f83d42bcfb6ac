import type { Message } from '../wire/index.js';

/** Pages whose records stand in one piece of memory. */
const PIECE = 1024;
/** No client has this node number: it is the fabric's. */
const NOBODY = 0xffff;

/** The records of PIECE pages: 12 bytes a page. */
class Piece {
  readonly generation = new Uint32Array(PIECE);
  readonly number = new Uint32Array(PIECE);
  readonly owner = new Uint16Array(PIECE).fill(NOBODY);
  readonly epoch = new Uint16Array(PIECE);
}

/**
 * What the home knows of each page's last grant (docs/coherence.md, "The home"): who may write it back, and after what a message is late.
 * Memory is taken in pieces of 1,024 pages, when the first of them is granted.
 */
export class Grants {
  readonly #pieces = new Map<number, Piece>();

  constructor(private readonly pageSize: number) {}

  /** Whether the page was ever granted to anybody. */
  isKnown(start: number): boolean {
    const piece = this.#pieces.get(this.#key(start));
    const at = this.#at(start);
    return piece !== undefined && (piece.generation[at] !== 0 || piece.number[at] !== 0);
  }

  /** @returns above 0 if a message with this generation and number is newer than the page's last grant, 0 if it is that grant, below 0 if it is older */
  compare(start: number, generation: number, number: number): number {
    if (!this.isKnown(start)) return 1;
    const piece = this.#pieces.get(this.#key(start))!;
    const at = this.#at(start);
    const generations = (generation - piece.generation[at]!) | 0;
    return generations !== 0 ? generations : (number - piece.number[at]!) | 0;
  }

  /** Whether a page of this generation may be written without a grant: nothing newer was granted. */
  admitsGeneration(start: number, generation: number): boolean {
    if (!this.isKnown(start)) return true;
    return ((generation - this.#pieces.get(this.#key(start))!.generation[this.#at(start)]!) | 0) >= 0;
  }

  /** Whether the page may be written back by this client in this session, under this generation. */
  isOwner(start: number, client: number, epoch: number, generation: number): boolean {
    const piece = this.#pieces.get(this.#key(start));
    const at = this.#at(start);
    return (
      piece !== undefined &&
      piece.owner[at] === client &&
      client !== NOBODY &&
      piece.epoch[at] === epoch &&
      piece.generation[at] === generation
    );
  }

  /** The request's grant is the page's last from here on, and its requester may write it back. */
  own(start: number, { generation, number, requester, requesterEpoch }: Message): void {
    this.#set(start, generation, number, requester, requesterEpoch);
  }

  /** The request's grant is the page's last from here on; nobody may write it back, but for the requester if it owned the page already. */
  share(start: number, { generation, number, requester, requesterEpoch }: Message): void {
    const isOwner = this.isOwner(start, requester, requesterEpoch, generation);
    this.#set(start, generation, number, isOwner ? requester : NOBODY, requesterEpoch);
  }

  /** Nobody may write the page back. */
  disown(start: number, generation: number, number: number): void {
    this.#set(start, generation, number, NOBODY, 0);
  }

  /** The page was written without a grant. Its number stays, if its generation does. */
  written(start: number, generation: number): void {
    const isSame = this.isKnown(start) && this.#piece(start).generation[this.#at(start)] === generation;
    this.disown(start, generation, isSame ? this.#piece(start).number[this.#at(start)]! : 0);
  }

  /** What is allocated or freed belongs to nobody; late messages stay late. */
  clear(start: number, length: number): void {
    const first = this.#key(start);
    const last = this.#key(start + length - 1);
    const { pageSize } = this;
    for (const [key, piece] of this.#pieces) {
      if (key < first || key > last) continue;
      const base = key * PIECE * pageSize;
      const from = Math.max(0, (start - base) / pageSize);
      const to = Math.min(PIECE, (start + length - base) / pageSize);
      piece.owner.fill(NOBODY, from, to);
      piece.epoch.fill(0, from, to);
    }
  }

  #set(start: number, generation: number, number: number, owner: number, epoch: number): void {
    const piece = this.#piece(start);
    const at = this.#at(start);
    piece.generation[at] = generation;
    piece.number[at] = number;
    piece.owner[at] = owner;
    piece.epoch[at] = epoch;
  }

  #piece(start: number): Piece {
    const key = this.#key(start);
    let piece = this.#pieces.get(key);
    if (piece === undefined) {
      piece = new Piece();
      this.#pieces.set(key, piece);
    }
    return piece;
  }

  #key(start: number): number {
    return Math.floor(start / (this.pageSize * PIECE));
  }

  #at(start: number): number {
    return Math.floor(start / this.pageSize) % PIECE;
  }
}

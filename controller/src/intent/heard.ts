/** How many generations back a server's word can still be told from a repetition. */
const WINDOW = 65536n;

/** Which generations of one incarnation were already heard: a set with a floor, so that it stays bounded. */
export class HeardGenerations {
  private readonly heard = new Set<bigint>();
  private highest = 0n;

  has(generation: bigint): boolean {
    return generation + WINDOW <= this.highest || this.heard.has(generation);
  }

  add(generation: bigint): void {
    this.heard.add(generation);
    if (generation > this.highest) this.highest = generation;
    if (BigInt(this.heard.size) > 2n * WINDOW) {
      for (const g of this.heard) if (g + WINDOW <= this.highest) this.heard.delete(g);
    }
  }
}

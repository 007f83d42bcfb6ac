/**
 * Identifiers of P4Info objects (P4Runtime §6.3): 8 bits for the kind, 24 bits from the name, so that a program keeps
 * its ids across compilations and compilers.
 */

const NAME_BITS = 0xffffff;

/** Bob Jenkins' one-at-a-time hash of the UTF-8 bytes of `name`, as an unsigned 32-bit number. */
export function jenkinsOneAtATime(name: string): number {
  let hash = 0;
  for (const byte of Buffer.from(name, 'utf8')) {
    hash = (hash + byte) | 0;
    hash = (hash + (hash << 10)) | 0;
    hash ^= hash >>> 6;
  }
  hash = (hash + (hash << 3)) | 0;
  hash ^= hash >>> 11;
  hash = (hash + (hash << 15)) | 0;
  return hash >>> 0;
}

/** The id that a name gets when nothing stands in its way. */
export function idOf(prefix: number, nameHash: number): number {
  return ((prefix << 24) | (nameHash & NAME_BITS)) >>> 0;
}

/** Order of names byte by byte, in which colliding names are probed. */
export function compareNames(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
}

/**
 * The shortest suffix of each name, in whole dotted components, that no other name ends in. Names of all kinds count
 * together, each once.
 */
export class Aliases {
  readonly #root: SuffixNode = { names: 0, children: new Map() };
  readonly #seen = new Set<string>();

  add(name: string): void {
    if (this.#seen.has(name)) return;
    this.#seen.add(name);
    let node = this.#root;
    for (const component of name.split('.').reverse()) {
      let child = node.children.get(component);
      if (!child) {
        child = { names: 0, children: new Map() };
        node.children.set(component, child);
      }
      child.names++;
      node = child;
    }
  }

  of(name: string): string {
    const components = name.split('.');
    let node: SuffixNode | undefined = this.#root;
    for (let length = 1; length <= components.length; length++) {
      node = node.children.get(components[components.length - length]!);
      if (!node || node.names < 2) return components.slice(-length).join('.');
    }
    return name;
  }
}

interface SuffixNode {
  names: number;
  readonly children: Map<string, SuffixNode>;
}

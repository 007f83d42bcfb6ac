import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { Fabric } from './spec/fabric.js';
import { parseFabric } from './spec/load.js';

const example = (file: string): Fabric =>
  parseFabric(readFileSync(fileURLToPath(new URL(`../../examples/${file}`, import.meta.url)), 'utf8'));

/** The fabric of examples/quickstart.yaml. */
export const quickstart = (): Fabric => example('quickstart.yaml');

/** The fabric of examples/leaf-spine.yaml. */
export const leafSpine = (): Fabric => example('leaf-spine.yaml');

/** The fabric of examples/coherent.yaml. */
export const coherent = (): Fabric => example('coherent.yaml');

/** The same with the directory in the memory servers. */
export const coherentAtHome = (): Fabric => {
  const fabric = coherent();
  const { coherence } = fabric.features;
  return {
    ...fabric,
    features: { ...fabric.features, ...(coherence && { coherence: { ...coherence, mode: 'home' } }) },
  };
};

/** The fabric of examples/capability.yaml. */
export const capability = (): Fabric => example('capability.yaml');

/** What a program depends on. */
const changes = fc.record({
  prefix: fc.integer({ min: 0xfc00, max: 0xfdff }),
  udpPort: fc.integer({ min: 1, max: 65534 }),
  pageSize: fc.integer({ min: 6, max: 24 }).map((bits) => 2 ** bits),
  features: fc.record({ ordinaryTraffic: fc.boolean(), refusalLog: fc.boolean(), broadcast: fc.boolean() }),
  tables: fc.record({
    sources: fc.integer({ min: 4, max: 4096 }),
    permissions: fc.integer({ min: 1, max: 65536 }),
    routes: fc.integer({ min: 4, max: 4096 }),
    stations: fc.integer({ min: 4, max: 4096 }),
  }),
});

const varied = (...of: (() => Fabric)[]): fc.Arbitrary<Fabric> =>
  fc.tuple(fc.constantFrom(...of), changes).map(([make, { features, ...rest }]) => {
    const fabric = make();
    return { ...fabric, ...rest, features: { ...fabric.features, ...features } };
  });

/** Fabrics that differ from the examples in whatever a program depends on. */
export const fabrics: fc.Arbitrary<Fabric> = varied(quickstart, leafSpine);

/** The same of fabrics whose pages are cached, or whose clients show capabilities, or both. */
export const extendedFabrics: fc.Arbitrary<Fabric> = fc.oneof(
  varied(coherent, coherentAtHome, capability),
  varied(leafSpine, coherent, coherentAtHome).map((fabric) => ({
    ...fabric,
    features: { ...fabric.features, protection: 'capability' as const },
  })),
);

// Writes what is generated and committed: the programs of the examples (p4src/) and the specification's JSON Schema.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { generate, loadFabric, specJsonSchema } from '../src/index.js';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

const fabric = await loadFabric(path('../../examples/quickstart.yaml'));
const several = await loadFabric(path('../../examples/leaf-spine.yaml'));
const extended = await Promise.all(
  ['coherent', 'capability'].map((name) => loadFabric(path(`../../examples/${name}.yaml`))),
);
for (const target of ['bmv2', 'tofino'] as const) {
  for (const [file, bytes] of generate(fabric, { target }).files) {
    // What is committed is there to be read.
    if (!file.endsWith('.bin')) writeFileSync(path(`../../p4src/${file}`), bytes);
  }
  for (const [file, bytes] of generate(several, { target }).files) {
    if (file.endsWith('.p4')) writeFileSync(path(`../../p4src/${file}`), bytes);
  }
}
for (const [file, bytes] of extended.flatMap((of) => [...generate(of, { target: 'bmv2' }).files])) {
  if (/\.(p4|txtpb)$/.test(file)) writeFileSync(path(`../../p4src/${file}`), bytes);
}
writeFileSync(path('../bluebridge.schema.json'), `${JSON.stringify(specJsonSchema(), null, 2)}\n`);

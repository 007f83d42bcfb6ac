// Writes what is generated and committed: the quickstart's programs (p4src/) and the specification's JSON Schema.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { loadFabric, renderProgram, specJsonSchema } from '../src/index.js';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

const fabric = await loadFabric(path('../../examples/quickstart.yaml'));
const p4src = path('../../p4src/');
mkdirSync(p4src, { recursive: true });
writeFileSync(`${p4src}quickstart.p4`, renderProgram(fabric, 'bmv2'));
writeFileSync(`${p4src}quickstart.tofino.p4`, renderProgram(fabric, 'tofino'));
writeFileSync(path('../bluebridge.schema.json'), `${JSON.stringify(specJsonSchema(), null, 2)}\n`);

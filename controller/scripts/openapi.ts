import { writeFileSync } from 'node:fs';
import pino from 'pino';
import { buildApi } from '../src/api/index.js';
import type { Operations } from '../src/operations/index.js';
import { testFabric as fabric } from '../src/testing/fabric.js';

// Writes openapi.json: the API as it describes itself. A test compares the two.
const api = await buildApi({ operations: {} as Operations, fabric, log: pino({ level: 'silent' }) });
const { body } = await api.inject('/v1/openapi.json');
writeFileSync(new URL('../openapi.json', import.meta.url), `${JSON.stringify(JSON.parse(body), null, 2)}\n`);
await api.close();

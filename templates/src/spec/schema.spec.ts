import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { initSpec } from './init.js';
import { specJsonSchema } from './schema.js';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const schema: unknown = JSON.parse(readFileSync(path('../../bluebridge.schema.json'), 'utf8'));
const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(schema as object);
const accepts = (text: string): boolean => validate(parse(text));

describe('the JSON Schema of specifications', () => {
  it('is what is committed (npm run p4src writes it)', () => {
    assert.deepEqual(schema, JSON.parse(JSON.stringify(specJsonSchema())));
  });

  it('accepts the examples', () => {
    for (const file of readdirSync(path('../../../examples')).filter((name) => name.endsWith('.yaml'))) {
      assert.ok(
        accepts(readFileSync(path(`../../../examples/${file}`), 'utf8')),
        JSON.stringify(validate.errors),
      );
    }
  });

  it('accepts what `bluebridge init` writes', () => {
    assert.ok(accepts(initSpec({ servers: 3, clients: 2 })), JSON.stringify(validate.errors));
  });

  it('describes every key, so that an editor can tell what it is for', () => {
    const undescribed: string[] = [];
    const walk = (at: string, node: unknown) => {
      const { properties, items } = node as { properties?: Record<string, unknown>; items?: unknown };
      for (const [key, value] of Object.entries(properties ?? {})) {
        const { description, type } = value as { description?: string; type?: string };
        if (description === undefined && type !== 'object' && type !== 'array')
          undescribed.push(`${at}.${key}`);
        walk(`${at}.${key}`, value);
      }
      if (items) walk(`${at}[]`, items);
    };
    walk('', schema);
    assert.deepEqual(
      undescribed.filter((key) => !/\.(name|host|switch)$/.test(key)),
      [],
    );
  });

  for (const file of [
    'unknown-key',
    'unknown-feature',
    'missing-key',
    'mtu-too-small',
    'link-malformed',
    'mac-malformed',
  ]) {
    it(`refuses ${file.replaceAll('-', ' ')}`, () => {
      assert.equal(accepts(readFileSync(path(`./fixtures/errors/${file}.yaml`), 'utf8')), false);
    });
  }
});

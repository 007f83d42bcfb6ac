import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { P4Info, parseP4Info } from 'p4runtime-js';
import { Templates } from '../render/index.js';
import type { Fabric } from '../spec/fabric.js';
import { capability, coherent, leafSpine, quickstart } from '../testing.js';
import { generate } from './generate.js';

const p4src = fileURLToPath(new URL('../../../p4src/', import.meta.url));
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

describe('generate', () => {
  it("makes what p4src holds of the quickstart's files (npm run p4src writes them)", () => {
    const made = new Map([
      ...generate(quickstart(), { target: 'bmv2' }).files,
      ...generate(quickstart(), { target: 'tofino' }).files,
    ]);
    const committed = readdirSync(p4src).filter((file) => file.startsWith('quickstart.'));
    assert.deepEqual(committed.sort(), [...made.keys()].filter((file) => !file.endsWith('.bin')).sort());
    for (const file of committed) {
      assert.ok(
        text(made.get(file)) === readFileSync(p4src + file, 'utf8'),
        `${file} is not what is generated`,
      );
    }
  });

  for (const target of ['bmv2', 'tofino'] as const) {
    it(`makes p4src's program of a fabric of several switches for ${target}`, () => {
      for (const [file, bytes] of generate(leafSpine(), { target }).files) {
        if (file.endsWith('.p4')) assert.equal(text(bytes), readFileSync(p4src + file, 'utf8'));
      }
    });
  }

  for (const [what, fabric] of [
    ['with a directory in the switch', coherent],
    ['where clients show capabilities', capability],
  ] as const) {
    it(`makes p4src's program ${what}, and its P4Info`, () => {
      for (const [file, bytes] of generate(fabric(), { target: 'bmv2' }).files) {
        if (/\.(p4|txtpb)$/.test(file)) assert.equal(text(bytes), readFileSync(p4src + file, 'utf8'));
      }
    });
  }

  it('names its files after the fabric and the target', () => {
    const fabric = { ...quickstart(), name: 'lab' };
    assert.deepEqual(
      [...generate(fabric, { target: 'bmv2' }).files.keys()],
      ['lab.p4', 'lab.p4info.txtpb', 'lab.p4info.bin', 'lab.json'],
    );
    assert.deepEqual(
      [...generate(fabric, { target: 'tofino' }).files.keys()],
      ['lab.tofino.p4', 'lab.tofino.p4info.txtpb', 'lab.tofino.p4info.bin'],
    );
  });

  it('takes the target of the fabric where none is asked for', () => {
    assert.equal(generate({ ...quickstart(), target: 'tofino' }).target, 'tofino');
  });

  it('gives the embedded switch the bytes that BMv2 gets', () => {
    assert.deepEqual(
      generate(quickstart(), { target: 'embedded' }).files,
      generate(quickstart(), { target: 'bmv2' }).files,
    );
  });

  it('writes one P4Info as text and as bytes', () => {
    const { files, p4info } = generate(quickstart(), { target: 'bmv2' });
    assert.deepEqual(P4Info.decode(files.get('quickstart.p4info.bin')!), p4info);
    assert.deepEqual(parseP4Info(text(files.get('quickstart.p4info.txtpb'))), p4info);
  });

  for (const target of ['bmv2', 'tofino'] as const) {
    for (const [ordinaryTraffic, refusalLog] of [
      [true, true],
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      const features = { ordinaryTraffic, refusalLog };
      it(`compiles for ${target} with ${JSON.stringify(features)}, and tells the control plane of what is on`, () => {
        const of = quickstart();
        const fabric: Fabric = { ...of, features: { ...of.features, ...features } };
        const { p4info, bmv2 } = generate(fabric, { target });
        const has = (list: readonly { preamble?: { alias: string } | null }[], alias: string) =>
          list.some(({ preamble }) => preamble?.alias === alias);
        assert.equal(has(p4info.tables, 'stations'), ordinaryTraffic);
        assert.equal(has(p4info.counters, 'ordinary'), ordinaryTraffic);
        assert.equal(p4info.digests.length, refusalLog ? 1 : 0);
        assert.equal(bmv2 !== undefined, target === 'bmv2');
      });
    }
  }

  it('says in the words of the compiler what is wrong with a program', () => {
    const templates = new Templates(
      new Map([['v1model.p4.hbs', '#include <core.p4>\nconst bit<8> X = {{name}};\n']]),
    );
    assert.throws(
      () => generate(quickstart(), { target: 'bmv2', templates }),
      (error: Error) => {
        assert.equal(error.name, 'GenerateError');
        assert.match(
          error.message,
          /^quickstart\.p4 does not compile:\nquickstart\.p4:2:18: error: .*quickstart/,
        );
        return true;
      },
    );
  });
});

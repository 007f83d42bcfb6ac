import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { extendedFabrics, fabrics, quickstart } from '../testing.js';
import { renderProgram } from './index.js';

const committed = (file: string) =>
  readFileSync(fileURLToPath(new URL(`../../../p4src/${file}`, import.meta.url)), 'utf8');

/** What each feature brings into a program, in the words of either architecture. */
const TRACES = {
  ordinaryTraffic: /ordinary|stations?|flood|forward\b|mcast|bridge/i,
  refusalLog: /digest|refusals?\b|refusal_t|log/i,
};

describe('renderProgram', () => {
  it("renders p4src's program for v1model (npm run p4src writes it)", () => {
    assert.equal(renderProgram(quickstart(), 'bmv2'), committed('quickstart.p4'));
  });

  it("renders p4src's program for Tofino", () => {
    assert.equal(renderProgram(quickstart(), 'tofino'), committed('quickstart.tofino.p4'));
  });

  it('renders the same bytes for the embedded switch and for BMv2', () => {
    assert.equal(renderProgram(quickstart(), 'embedded'), renderProgram(quickstart(), 'bmv2'));
  });

  for (const [target, all] of [
    ['bmv2', fc.oneof(fabrics, extendedFabrics)],
    ['tofino', fabrics],
  ] as const) {
    describe(`for ${target}`, () => {
      it('gives the same text for the same fabric', () => {
        fc.assert(
          fc.property(all, (fabric) => {
            assert.equal(renderProgram(fabric, target), renderProgram(structuredClone(fabric), target));
          }),
          { numRuns: 40 },
        );
      });

      it('leaves no trace of a feature that is off', () => {
        for (const feature of ['ordinaryTraffic', 'refusalLog'] as const) {
          const off = {
            ...quickstart().features,
            ordinaryTraffic: false,
            refusalLog: false,
            broadcast: false,
          };
          assert.doesNotMatch(
            code(renderProgram({ ...quickstart(), features: off }, target)),
            TRACES[feature],
          );
          const on = renderProgram({ ...quickstart(), features: { ...off, [feature]: true } }, target);
          assert.match(code(on), TRACES[feature]);
        }
      });

      it('says what the fabric says', () => {
        fc.assert(
          fc.property(all, (fabric) => {
            const program = renderProgram(fabric, target);
            const value = (name: string) => Number(new RegExp(`\\b${name} += (\\w+);`).exec(program)?.[1]);
            assert.equal(value('MEMORY_PREFIX'), fabric.prefix);
            assert.equal(value('MEMORY_PORT'), fabric.udpPort);
            assert.equal(value('PAGE_SIZE'), fabric.pageSize);
            const { permissions } = fabric.tables;
            const hasPermissions = fabric.features.protection === 'permissions';
            assert.equal(/table permission \{/.test(program), hasPermissions);
            if (hasPermissions) assert.ok(program.includes(`size = ${permissions};`));
          }),
          { numRuns: 40 },
        );
      });

      it('is laid out as a person would: no trailing blanks, no gaps, no long lines, no braces left over', () => {
        fc.assert(
          fc.property(all, (fabric) => {
            const program = renderProgram(fabric, target);
            assert.doesNotMatch(program, /[ \t]+$/m);
            assert.doesNotMatch(program, /\n\n\n|\{\n\n|\n\n *\}/);
            assert.doesNotMatch(program, /^.{121,}$/m);
            assert.doesNotMatch(program, /\{\{|\}\}|undefined|\[object/);
            assert.ok(program.endsWith('main;\n'));
          }),
          { numRuns: 40 },
        );
      });
    });
  }
});

/** A program without its comments. */
const code = (program: string): string => program.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatP4Info } from 'p4runtime-js';
import { compileFixture, fixture, PROGRAMS, programOf } from './fixtures.helper.spec.js';
import { compile, p4infoOf, renderDiagnostics } from './index.js';

describe('compile', () => {
  for (const name of PROGRAMS.filter((program) => program !== 'minimal')) {
    it(`writes the same P4Info as p4c for ${name}.p4`, () => {
      const { p4info, diagnostics } = compileFixture(name);
      assert.ok(p4info, renderDiagnostics(diagnostics));
      assert.equal(formatP4Info(p4info), fixture(`p4c/${name}.p4info.txtpb`));
    });
  }

  it('writes the JSON that is kept for minimal.p4', () => {
    const { bmv2, diagnostics } = compileFixture('minimal');
    assert.ok(bmv2, renderDiagnostics(diagnostics));
    assert.deepEqual(JSON.parse(JSON.stringify(bmv2)), JSON.parse(fixture('golden/minimal.json')));
  });

  it('gives the same output every time', () => {
    const once = compileFixture('router');
    const again = compileFixture('router');
    assert.equal(JSON.stringify(once.bmv2), JSON.stringify(again.bmv2));
  });

  it('names the program as it is told to', () => {
    const { bmv2 } = compile({ path: 'test.p4', source: programOf({}), programName: 'leaf' });
    assert.equal(bmv2?.program, 'leaf');
    assert.deepEqual(bmv2?.__meta__.version, [2, 23]);
  });

  it('says that a program without main has nothing to compile', () => {
    const { diagnostics, bmv2 } = compile({ path: 'test.p4', source: '#include <core.p4>\n' });
    assert.equal(bmv2, undefined);
    assert.match(
      renderDiagnostics(diagnostics),
      /no `main` package, so there is nothing to compile \[P4C401\]/,
    );
  });

  it('names the architectures it knows when main is of another', () => {
    const source = 'package Odd(bit<8> x);\nOdd(1) main;\n';
    const { diagnostics } = compile({ path: 'test.p4', source });
    assert.match(
      renderDiagnostics(diagnostics),
      /test\.p4:2:\d+: error: .*`main` is a Odd, expected one of V1Switch, /,
    );
  });

  it('gives P4Info alone for programs of other architectures', () => {
    const source = `#include <core.p4>
#include <tna.p4>
struct h_t { } struct m_t { }
parser IP(packet_in p, out h_t h, out m_t m, out ingress_intrinsic_metadata_t i) { state start { transition accept; } }
control I(inout h_t h, inout m_t m, in ingress_intrinsic_metadata_t i, in ingress_intrinsic_metadata_from_parser_t ip,
          inout ingress_intrinsic_metadata_for_deparser_t id, inout ingress_intrinsic_metadata_for_tm_t it) {
  Register<bit<32>, bit<8>>(256) cells;
  Counter<bit<64>, bit<8>>(16, CounterType_t.PACKETS) hits;
  action send(bit<9> port) { it.ucast_egress_port = port; hits.count(3); }
  table t { key = { i.ingress_port: exact; } actions = { send; } size = 8; }
  apply { t.apply(); }
}
control ID(packet_out p, inout h_t h, in m_t m, in ingress_intrinsic_metadata_for_deparser_t id) { apply { } }
parser EP(packet_in p, out h_t h, out m_t m, out egress_intrinsic_metadata_t e) { state start { transition accept; } }
control E(inout h_t h, inout m_t m, in egress_intrinsic_metadata_t e, in egress_intrinsic_metadata_from_parser_t ep,
          inout egress_intrinsic_metadata_for_deparser_t ed, inout egress_intrinsic_metadata_for_output_port_t eo) { apply { } }
control ED(packet_out p, inout h_t h, in m_t m, in egress_intrinsic_metadata_for_deparser_t ed) { apply { } }
Pipeline(IP(), I(), ID(), EP(), E(), ED()) pipe;
Switch(pipe) main;
`;
    const options = { path: 'test.p4', source };
    const { p4info, diagnostics } = p4infoOf(options);
    assert.ok(p4info, renderDiagnostics(diagnostics));
    assert.equal(p4info.pkgInfo?.arch, 'tna');
    assert.deepEqual(
      p4info.tables.map((table) => table.preamble?.name),
      ['I.t'],
    );
    assert.deepEqual(
      p4info.registers.map((register) => register.preamble?.name),
      ['I.cells'],
    );
    assert.deepEqual(
      p4info.counters.map((counter) => counter.size),
      [16n],
    );
    assert.match(
      renderDiagnostics(compile(options).diagnostics),
      /BMv2 JSON is made for v1model only.*written for tna/,
    );
  });

  it('never throws, whatever is missing from a program', () => {
    const sources = PROGRAMS.map((name) => fixture(`programs/${name}.p4`));
    const common = fixture('programs/common.p4').replace(/^#include.*$/gm, '');
    fc.assert(
      fc.property(
        fc.nat(sources.length - 1),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(40),
        (which, at, length) => {
          const text = sources[which]!.replace(
            '#include "common.p4"',
            `#include <core.p4>\n#include <v1model.p4>\n${common}`,
          );
          const start = Math.floor(at * text.length);
          const source = text.slice(0, start) + text.slice(start + length);
          const { diagnostics, bmv2 } = compile({ path: 'test.p4', source });
          const failed = diagnostics.some((diagnostic) => diagnostic.severity === 'error');
          assert.equal(bmv2 === undefined, failed);
        },
      ),
      { numRuns: 60 },
    );
  });
});

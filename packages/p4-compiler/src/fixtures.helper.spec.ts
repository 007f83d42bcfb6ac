import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bmv2Json, type Compiled, compile, renderDiagnostics } from './index.js';

const folder = new URL('../fixtures/', import.meta.url);

export function fixture(name: string): string {
  return readFileSync(fileURLToPath(new URL(name, folder)), 'utf8');
}

/** Programs of the fixtures folder go by their names alone, so that output is the same on every machine. */
function readFixture(path: string): string | undefined {
  try {
    return fixture(`programs/${basename(path)}`);
  } catch {
    return undefined;
  }
}

export const PROGRAMS = ['router', 'blocks', 'externs', 'minimal'] as const;

export function compileFixture(name: string): Compiled {
  return compile({ path: `${name}.p4`, readFile: readWithStandard });
}

function readWithStandard(path: string): string | undefined {
  return readFixture(path) ?? readStandard(path);
}

function readStandard(path: string): string | undefined {
  if (!path.startsWith('/')) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** What a test may put into an otherwise empty v1model program. */
export interface Parts {
  readonly types?: string;
  readonly headers?: string;
  readonly metadata?: string;
  readonly states?: string;
  readonly locals?: string;
  readonly apply?: string;
  readonly egress?: string;
  readonly deparser?: string;
  readonly compute?: string;
}

/** A whole program around the parts that a test is about; `data` is a header with fields a, b (8), c (16), s (int<8>). */
export function programOf(parts: Parts): string {
  return `#include <core.p4>
#include <v1model.p4>
header data_h { bit<8> a; bit<8> b; bit<16> c; int<8> s; }
${parts.types ?? ''}
struct headers_t { data_h data; data_h other; data_h[3] stack; ${parts.headers ?? ''} }
struct metadata_t { bit<8> x; bit<8> y; bool flag; bit<32> wide; ${parts.metadata ?? ''} }
parser P(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard) {
  ${parts.states ?? 'state start { packet.extract(hdr.data); transition accept; }'}
}
control V(inout headers_t hdr, inout metadata_t meta) { apply { } }
control I(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard) {
  ${parts.locals ?? ''}
  apply { ${parts.apply ?? ''} }
}
control E(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard) {
  apply { ${parts.egress ?? ''} }
}
control C(inout headers_t hdr, inout metadata_t meta) { apply { ${parts.compute ?? ''} } }
control D(packet_out packet, in headers_t hdr) { apply { ${parts.deparser ?? 'packet.emit(hdr.data);'} } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
`;
}

export function compileParts(parts: Parts): Compiled {
  return compile({ path: 'test.p4', source: programOf(parts) });
}

/** The JSON of a program that must compile. */
export function jsonOf(parts: Parts): Bmv2Json {
  const compiled = compileParts(parts);
  assert.ok(compiled.bmv2, renderDiagnostics(compiled.diagnostics));
  return compiled.bmv2;
}

/** The first error of a program that must not compile, as `CODE message`. */
export function errorOf(parts: Parts): string {
  const compiled = compileParts(parts);
  const error = compiled.diagnostics.find((diagnostic) => diagnostic.severity === 'error');
  assert.ok(error, 'the program compiled without an error');
  assert.equal(compiled.bmv2, undefined);
  assert.equal(compiled.p4info, undefined);
  return `${error.code} ${error.message}`;
}

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Digest, KeyPartInfo, MatchValue, OutputFrame, V1ModelSwitch } from '../src/index.js';
import { P4SwitchError } from '../src/index.js';
import { ENGINES, hex, newSwitch, stateOf, type TestEnvironment } from './support.js';

/** One step of a random history, applied to both engines alike. */
type Step =
  | { readonly do: 'packet'; readonly port: number; readonly bytes: Uint8Array }
  | { readonly do: 'add'; readonly seed: readonly bigint[] }
  | { readonly do: 'remove'; readonly which: number }
  | { readonly do: 'wait'; readonly micros: number };

const word = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n });
/** Values that hit and miss: small ones, all ones, and anything. */
const seed = fc.array(fc.oneof(fc.bigInt({ min: 0n, max: 4n }), word), { minLength: 24, maxLength: 24 });

function steps(packet: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Step[]> {
  return fc.array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant('packet' as const), port: fc.nat(3), bytes: packet }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('add' as const), seed }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), which: fc.nat(50) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), micros: fc.nat(1_000_000) }) },
    ),
    { minLength: 1, maxLength: 40 },
  );
}

function matchValue({ match, width }: KeyPartInfo, next: () => bigint): MatchValue {
  const bits = (): bigint => BigInt.asUintN(width, next());
  switch (match) {
    case 'exact':
    case 'valid':
      return { kind: 'exact', value: bits() };
    case 'lpm':
      return { kind: 'lpm', value: bits(), prefixLength: Number(next() % BigInt(width + 1)) };
    case 'ternary':
      return { kind: 'ternary', value: bits(), mask: bits() };
    case 'optional':
      return next() % 2n === 0n ? { kind: 'any' } : { kind: 'optional', value: bits() };
    case 'range': {
      const [a, b] = [bits(), bits()];
      return a < b ? { kind: 'range', low: a, high: b } : { kind: 'range', low: b, high: a };
    }
  }
}

/** Turns random numbers into an entry of some table of the program, and adds it. */
function addEntry(sw: V1ModelSwitch, numbers: readonly bigint[]): string {
  const { control } = sw;
  let at = 0;
  const next = (): bigint => numbers[at++ % numbers.length]!;
  const bits = (width: number): bigint => BigInt.asUintN(width, next());
  const tables = [...control.tables.values()].filter((table) => table.info.key.length > 0);
  if (tables.length === 0) return 'no tables';
  const table = tables[Number(next() % BigInt(tables.length))]!;
  const { info } = table;
  const key = info.key.map((part) => matchValue(part, next));
  const call = () => {
    const action = info.actions[Number(next() % BigInt(info.actions.length))]!;
    return { action: action.name, data: action.params.map((param) => bits(param.width)) };
  };
  const priority = info.match === 'ternary' || info.match === 'range' ? Number(next() % 3n) : undefined;
  try {
    if (info.profile === undefined) {
      const handle = table.add({ key, priority, action: call() });
      if (info.hasMeter) table.setMeter(handle, { cir: 2n, cburst: 2n, pir: 3n, pburst: 4n });
      return `${info.name} ${handle}`;
    }
    const profile = control.profiles.get(info.profile)!;
    const member = Number(next() % 4n);
    if (![...profile.members()].some(({ id }) => id === member)) profile.addMember(member, call());
    const group = Number(next() % 3n);
    const members = [...profile.members()].map(({ id }) => id);
    if (![...profile.groups()].some(({ id }) => id === group)) profile.addGroup(group, members);
    else profile.modifyGroup(group, members);
    return `${info.name} ${table.add({ key, priority, action: { group } })}`;
  } catch (error) {
    if (error instanceof P4SwitchError) return error.message;
    throw error;
  }
}

function removeEntry(sw: V1ModelSwitch, which: number): string {
  const all = [...sw.control.tables.values()].flatMap((table) =>
    [...table.entries()].filter((entry) => !entry.isConst).map((entry) => ({ table, entry })),
  );
  const victim = all[which % Math.max(1, all.length)];
  victim?.table.remove(victim.entry.handle);
  return `${victim?.entry.handle}`;
}

interface Run {
  readonly trace: unknown[];
  readonly state: unknown;
}

function play(program: string, engine: (typeof ENGINES)[number], history: readonly Step[]): Run {
  const { sw, environment } = newSwitch(program, engine, { cpuPort: 255 });
  const digests: Digest[] = [];
  sw.onDigest((digest) => digests.push(digest));
  prepare(sw);
  const trace: unknown[] = [];
  for (const step of history) trace.push(perform(sw, environment, step));
  return { trace, state: [stateOf(sw), digests, environment.messages] };
}

function prepare(sw: V1ModelSwitch): void {
  for (const set of sw.control.valueSets.values()) {
    set.set([0x1234n, 0x88b5n].map((value) => ({ value, mask: (1n << BigInt(set.width)) - 1n, ranges: [] })));
  }
  sw.replication.addGroup(1, [
    { port: 1, instance: 1 },
    { port: 2, instance: 7 },
  ]);
  sw.replication.addSession(1, { replicas: [{ port: 3, instance: 2 }], truncate: 0 });
  sw.replication.addSession(2, { replicas: [{ port: 4, instance: 0 }], truncate: 12 });
}

function perform(sw: V1ModelSwitch, environment: TestEnvironment, step: Step): unknown {
  switch (step.do) {
    case 'packet':
      return sw.processFrame(step.port, step.bytes).map(({ port, bytes }: OutputFrame) => [port, hex(bytes)]);
    case 'add':
      return addEntry(sw, step.seed);
    case 'remove':
      return removeEntry(sw, step.which);
    case 'wait':
      environment.time += step.micros;
      return undefined;
  }
}

function agree(program: string, packet: fc.Arbitrary<Uint8Array>, runs: number): void {
  fc.assert(
    fc.property(steps(packet), (history) => {
      const [oracle, compiled] = ENGINES.map((engine) => play(program, engine, history)) as [Run, Run];
      assert.deepEqual(compiled.trace, oracle.trace);
      assert.deepEqual(compiled.state, oracle.state);
      // A frame may only be dropped for a reason that lies in the program, never for a fault of the switch.
      const [{ drops }] = oracle.state as [{ drops: Record<string, number> }];
      assert.equal(
        drops['internal-error'],
        0,
        JSON.stringify(oracle.state, (_, v) => String(v)),
      );
    }),
    { numRuns: runs },
  );
}

const some = (min: number, max: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: min, maxLength: max });

function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Frames of a shape that the program parses, cut short now and then, with small values here and there. */
function frames(type: fc.Arbitrary<number>, rest: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc
    .tuple(
      fc.array(fc.constantFrom(0, 1, 2, 255), { minLength: 12, maxLength: 12 }),
      type,
      rest,
      fc.oneof({ weight: 8, arbitrary: fc.constant(1000) }, { weight: 1, arbitrary: fc.nat(80) }),
    )
    .map(([addresses, ethertype, body, cut]) =>
      concat(Uint8Array.from(addresses), Uint8Array.of(ethertype >> 8, ethertype & 255), body).subarray(
        0,
        cut,
      ),
    );
}

const ipv4 = fc
  .tuple(
    fc.integer({ min: 4, max: 15 }),
    fc.nat(3),
    fc.constantFrom(17, 6),
    some(8, 8),
    some(0, 90),
    fc.boolean(),
  )
  .map(([ihl, tos, protocol, addresses, rest, zeroes]) => {
    const header = Uint8Array.of(0x40 | ihl, tos, 0, 60, 0, 0, 0, 0, 9, protocol, 0, 0, ...addresses);
    return concat(header, zeroes ? new Uint8Array(Math.max(0, ihl - 5) * 4) : new Uint8Array(0), rest);
  });

const kitchen = frames(
  fc.constantFrom(0x0800, 0x8100, 0x9000, 0x9007, 0x1234, 0x88b5, 0x86dd),
  fc.oneof(
    ipv4,
    some(0, 60),
    fc
      .array(fc.constantFrom(0x8100, 0x0800, 0x9000, 5), { minLength: 1, maxLength: 5 })
      .chain((types) =>
        ipv4.map((body) => concat(Uint8Array.from(types.flatMap((t) => [0x20, 7, t >> 8, t & 255])), body)),
      ),
  ),
);

const router = frames(
  fc.constantFrom(0x86dd, 0x86dd, 0x0800),
  fc
    .tuple(fc.nat(4), fc.nat(4), fc.nat(3), fc.nat(4), some(4, 4), some(0, 40))
    .map(([src, dst, hops, pointer, low, rest]) => {
      const header = new Uint8Array(40);
      header.set([0x60, 0, 0, 0, 0, 0, 17, hops, 0xfd, 0xbb, 0, src], 0);
      header.set([0xfd, 0xbb, 0, dst, 0, 0, 0, 0, pointer], 24);
      header.set(low, 36);
      return concat(header, rest);
    }),
);

const traffic = fc
  .tuple(fc.nat(11), fc.nat(4), fc.constantFrom(0, 1, 2, 9), some(0, 40))
  .map(([what, port, group, rest]) => concat(Uint8Array.of(what, port, 0, group), rest));

describe('compiled engine against the interpreter', () => {
  it('routes IPv6 alike, with the same counters', () => agree('router6', router, 60));
  it('clones, multicasts, resubmits, recirculates, truncates and digests alike', () =>
    agree('traffic', traffic, 100));
  it('agrees on stacks, varbit, unions, value sets, checksums, odd widths, selectors, meters, hashes', () =>
    agree('kitchen', kitchen, 250));
  it('agrees on frames of nonsense', () => {
    for (const program of ['router6', 'traffic', 'kitchen']) agree(program, some(0, 200), 25);
  });
});

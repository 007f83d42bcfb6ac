import { loadWords, storeWords } from '../bits/words.js';
import type { Engine, Snapshot } from '../engine/engine.js';
import { Packet, PacketAborted } from '../engine/packet.js';
import type { Runtime } from '../engine/runtime.js';
import { formatLog } from '../externs/format-log.js';
import { type HashFunction, hashFunction } from '../externs/hash.js';
import type { CalculationInput, Field, FieldList, LearnList, Program } from '../ir/program.js';
import { BoundAction, Member, type Target } from '../tables/entry.js';
import { type Generated, generate } from './generate.js';
import type { Layout } from './layout.js';
import { type Memory, Support } from './support.js';

interface Blocks {
  reset(): void;
  parse(): void;
  verify(): void;
  ingress(): void;
  egress(): void;
  deparse(): void;
}

interface MemorySnapshot extends Snapshot {
  readonly fields: Uint32Array;
  readonly valid: Uint8Array;
  readonly next: Int32Array;
}

/** Runs a program as JavaScript generated for it. Same results as `Interpreter`, some tens of times faster. */
export class CompiledEngine implements Engine {
  readonly name = 'compiled';
  readonly packet = new Packet();
  /** The generated source, for people who want to read it. */
  readonly source: string;
  private readonly program: Program;
  private readonly layout: Layout;
  private readonly memory: Memory;
  private readonly initialValid: Uint8Array;
  private readonly blocks: Blocks;
  /** By field index: first slot, and the mask of the word in it. */
  private readonly slots: Int32Array;
  private readonly topMasks: Int32Array;

  constructor(runtime: Runtime) {
    this.program = runtime.program;
    const generated: Generated = generate(this.program);
    this.source = generated.source;
    this.layout = generated.layout;
    this.slots = Int32Array.from(this.program.fields, (field) => this.layout.slot(field));
    this.topMasks = Int32Array.from(this.program.fields, ({ width }) =>
      width % 32 === 0 ? -1 : 2 ** (width % 32) - 1,
    );
    this.initialValid = Uint8Array.from(this.program.headers, (header) => (header.metadata ? 1 : 0));
    this.memory = {
      fields: new Uint32Array(this.layout.size),
      valid: this.initialValid.slice(),
      next: new Int32Array(this.program.stacks.length + this.program.unionStacks.length),
    };
    const support = new Support(this.program, this.layout, this.memory, this.packet);
    const { environment } = runtime;
    const make = new Function('rt', this.source) as (rt: object) => Blocks;
    this.blocks = make({
      F: this.memory.fields,
      V: this.memory.valid,
      N: this.memory.next,
      P: this.packet,
      B: this.packet.buffer,
      DV: this.packet.view,
      ENV: environment,
      VS: runtime.valueSetList,
      S: support,
      registers: runtime.registerList,
      counters: runtime.counterList,
      meters: runtime.meterList,
      tables: runtime.tableList,
      abort(what: number) {
        const name = ['assert', 'assume', 'loop limit'][what] ?? 'abort';
        environment.log(`${name} failed`);
        throw new PacketAborted(name);
      },
      log: (format: number, values: bigint[]) =>
        environment.log(formatLog(generated.logFormats[format]!, values)),
      choose: memberChooser(this.program, support),
    });
  }

  reset(): void {
    this.blocks.reset();
  }

  parse(): void {
    this.blocks.parse();
    this.blocks.verify();
  }

  ingress(): void {
    this.blocks.ingress();
  }

  egress(): void {
    this.blocks.egress();
  }

  deparse(): void {
    this.blocks.deparse();
  }

  get(field: Field): number {
    const slot = this.slots[field.index]!;
    const { fields } = this.memory;
    if (field.width <= 32) return fields[slot]!;
    return fields[slot]! * 4294967296 + fields[slot + 1]!;
  }

  set(field: Field, value: number): void {
    const slot = this.slots[field.index]!;
    const { fields } = this.memory;
    const mask = this.topMasks[field.index]!;
    if (field.width <= 32) fields[slot] = value & mask;
    else {
      fields[slot] = Math.floor(value / 4294967296) & mask;
      fields[slot + 1] = value;
    }
  }

  getBits(field: Field): bigint {
    return loadWords(this.memory.fields, this.layout.slot(field), this.layout.words(field));
  }

  setBits(field: Field, value: bigint): void {
    const bits = BigInt.asUintN(field.width, value);
    storeWords(this.memory.fields, this.layout.slot(field), this.layout.words(field), bits);
  }

  isValid(headerName: string): boolean {
    const header = this.program.headers.find((candidate) => candidate.name === headerName);
    return header !== undefined && this.memory.valid[header.index] === 1;
  }

  resetMetadata(): void {
    for (const header of this.program.headers) {
      if (!header.metadata) continue;
      for (const field of header.fields) this.setBits(field, 0n);
    }
  }

  save(list: FieldList): readonly bigint[] {
    return list.fields.map((field) => this.getBits(field));
  }

  restore(list: FieldList, values: readonly bigint[]): void {
    for (const [index, field] of list.fields.entries()) this.setBits(field, values[index]!);
  }

  sample(list: LearnList): bigint[] {
    return list.fields.map((field) => this.getBits(field));
  }

  snapshot(): Snapshot {
    const { fields, valid, next } = this.memory;
    return {
      engine: 'compiled',
      fields: fields.slice(),
      valid: valid.slice(),
      next: next.slice(),
    } as Snapshot;
  }

  resume(snapshot: Snapshot): void {
    const { fields, valid, next } = snapshot as MemorySnapshot;
    this.memory.fields.set(fields);
    this.memory.valid.set(valid);
    this.memory.next.set(next);
  }
}

/** Finds the action of a member, or of the member of a group that the profile's selector hashes to. */
function memberChooser(program: Program, support: Support) {
  const selectors: ({ inputs: readonly CalculationInput[]; hash: HashFunction } | undefined)[] =
    program.profiles.map(
      ({ selector }) => selector && { inputs: selector.inputs, hash: hashFunction(selector.algorithm) },
    );
  return (target: Target | undefined, profile: number): BoundAction | undefined => {
    if (target === undefined || target instanceof BoundAction) return target;
    if (target instanceof Member) return target.bound;
    const { members } = target;
    if (members.length === 0) return undefined;
    const { inputs, hash } = selectors[profile]!;
    const value = support.hashInputs(inputs, hash, false);
    const place = typeof value === 'bigint' ? Number(value % BigInt(members.length)) : value % members.length;
    return members[place]!.bound;
  };
}

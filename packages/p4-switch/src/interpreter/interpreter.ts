import type { Engine, Snapshot } from '../engine/engine.js';
import { Packet } from '../engine/packet.js';
import type { Runtime } from '../engine/runtime.js';
import type { Checksum, Field, FieldList, LearnList, Node, Pipeline, Program } from '../ir/program.js';
import { BoundAction, type Group, Member, type Target } from '../tables/entry.js';
import { linearLookup } from '../tables/linear.js';
import type { MatchTable } from '../tables/match-table.js';
import { calculate } from './calculate.js';
import { Evaluator } from './evaluate.js';
import { Executor } from './execute.js';
import { parse } from './parse.js';
import { State } from './state.js';

/**
 * Walks the IR with bigints, one case per construct and no cleverness: the definition of what a program does, and the
 * oracle that the compiled engine is tested against.
 */
export class Interpreter implements Engine {
  readonly name = 'interpreter';
  readonly packet = new Packet();
  private readonly program: Program;
  private readonly state: State;
  private readonly evaluator: Evaluator;
  private readonly executor: Executor;

  constructor(private readonly runtime: Runtime) {
    this.program = runtime.program;
    this.state = new State(this.program);
    this.evaluator = new Evaluator(this.state, runtime);
    this.executor = new Executor(this.program, this.state, this.packet, runtime, this.evaluator);
  }

  reset(): void {
    this.state.reset();
  }

  parse(): void {
    const { program, state, packet, runtime, evaluator, executor } = this;
    packet.start += parse(program, state, packet, runtime, evaluator, executor);
    packet.checksumError = program.checksums.some((checksum) => checksum.verify && !this.verifies(checksum));
  }

  ingress(): void {
    this.run(this.program.ingress);
  }

  egress(): void {
    this.run(this.program.egress);
  }

  deparse(): void {
    const { packet, program, state } = this;
    for (const checksum of program.checksums) {
      if (checksum.update && this.applies(checksum)) state.write(checksum.target, this.checksum(checksum));
    }
    for (const primitive of program.deparser.primitives) this.executor.run([primitive], []);
    const headers = program.deparser.headers.filter((header) => state.isValid(header));
    const length = headers.reduce((sum, header) => sum + state.byteLength(header), 0);
    if (length > packet.start) throw new RangeError('headers exceed the headroom');
    packet.start -= length;
    let at = packet.start * 8;
    for (const header of headers) at = state.emit(header, packet.buffer, at);
  }

  private run(pipeline: Pipeline): void {
    let node = pipeline.first;
    while (node && !this.packet.exit) node = this.visit(node);
  }

  private visit(node: Node): Node | undefined {
    switch (node.kind) {
      case 'table':
        return this.apply(this.runtime.tableList[node.table.index]!);
      case 'conditional': {
        const { condition, whenTrue, whenFalse } = node.conditional;
        this.evaluator.data = [];
        return this.evaluator.truth(condition) ? whenTrue : whenFalse;
      }
      case 'action':
        this.executor.run(node.call.action.body, []);
        return node.call.next;
    }
  }

  private apply(table: MatchTable): Node | undefined {
    const decl = table.decl;
    const values = decl.key.map((part) => {
      if (part.source.kind === 'valid') return this.state.isValid(part.source.header) ? 1n : 0n;
      const field = part.source.field;
      if (!this.state.isValid(field.header)) return 0n;
      const value = BigInt.asUintN(field.width, this.state.read(field));
      return part.mask === undefined ? value : value & part.mask;
    });
    const entry = linearLookup(decl, table.byHandle.values(), values);
    const resources = entry ?? table.defaultResources;
    if (decl.withCounters) {
      resources.packets += 1;
      resources.bytes += this.packet.ingressLength;
    }
    if (entry && decl.withTimeout) entry.lastHit = this.runtime.environment.now();
    if (decl.meter?.result && (entry || resources.isMetered)) {
      const length = this.packet.ingressLength;
      const amount = decl.meter.unit === 'bytes' ? length : 1;
      const colour = resources.meter!.execute(amount, length, this.runtime.environment.now());
      this.state.write(decl.meter.result, BigInt(colour));
    }
    const target = entry ? entry.target : table.defaultTarget;
    const bound = target && this.choose(table, target);
    if (bound) this.executor.run(bound.action.body, bound.data);
    const next = decl.next;
    if (next.kind === 'byHit') return entry ? next.hit : next.miss;
    // A member of a shared profile may run an action that only another table lists.
    return bound && next.targets.has(bound.action.index) ? next.targets.get(bound.action.index) : next.base;
  }

  /** undefined: an empty group. */
  private choose(table: MatchTable, target: Target): BoundAction | undefined {
    if (target instanceof BoundAction) return target;
    if (target instanceof Member) return target.bound;
    return this.select(table, target);
  }

  private select(table: MatchTable, group: Group): BoundAction | undefined {
    if (group.members.length === 0) return undefined;
    const selector = table.decl.profile!.selector!;
    const hash = calculate(this.state, this.packet, selector.algorithm, selector.inputs, false);
    return group.members[Number(hash % BigInt(group.members.length))]!.bound;
  }

  private verifies(checksum: Checksum): boolean {
    if (!this.state.isValid(checksum.target.header) || !this.applies(checksum)) return true;
    return this.checksum(checksum) === BigInt.asUintN(64, this.state.read(checksum.target));
  }

  private applies(checksum: Checksum): boolean {
    return checksum.condition === undefined || this.evaluator.truth(checksum.condition);
  }

  private checksum(checksum: Checksum): bigint {
    const { algorithm, inputs, withPayload } = checksum.calculation;
    return calculate(this.state, this.packet, algorithm, inputs, withPayload);
  }

  get(field: Field): number {
    return Number(this.state.read(field));
  }

  set(field: Field, value: number): void {
    this.state.write(field, BigInt(value));
  }

  getBits(field: Field): bigint {
    return BigInt.asUintN(field.width, this.state.read(field));
  }

  setBits(field: Field, value: bigint): void {
    this.state.write(field, value);
  }

  isValid(headerName: string): boolean {
    const header = this.program.headers.find((candidate) => candidate.name === headerName);
    return header !== undefined && this.state.isValid(header);
  }

  resetMetadata(): void {
    this.state.resetMetadata();
  }

  save(list: FieldList): readonly bigint[] {
    return list.fields.map((field) => this.state.read(field));
  }

  restore(list: FieldList, values: readonly bigint[]): void {
    for (const [index, field] of list.fields.entries()) this.state.write(field, values[index]!);
  }

  sample(list: LearnList): bigint[] {
    return list.fields.map((field) => this.getBits(field));
  }

  snapshot(): Snapshot {
    return this.state.snapshot();
  }

  resume(snapshot: Snapshot): void {
    this.state.resume(snapshot);
  }
}

import { MAX_LOOPS, type Packet, PacketAborted } from '../engine/packet.js';
import type { Runtime } from '../engine/runtime.js';
import { formatLog } from '../externs/format-log.js';
import type { Lvalue, Primitive } from '../ir/primitives.js';
import type { Header, HeaderStack, HeaderUnion, Program, UnionStack } from '../ir/program.js';
import { calculate } from './calculate.js';
import type { Evaluator } from './evaluate.js';
import type { State } from './state.js';

const U64 = 64;
export const DROP_PORT = 511n;

/** Runs the primitives of actions. */
export class Executor {
  constructor(
    private readonly program: Program,
    private readonly state: State,
    private readonly packet: Packet,
    private readonly runtime: Runtime,
    private readonly evaluator: Evaluator,
  ) {}

  run(body: readonly Primitive[], data: readonly bigint[]): void {
    this.evaluator.data = data;
    let at = 0;
    let loops = 0;
    while (at < body.length) {
      const primitive = body[at]!;
      let next = at + 1;
      if (primitive.op === 'jump') next = primitive.target;
      else if (primitive.op === 'jumpIfZero') {
        if (this.evaluator.number(primitive.condition) === 0n) next = primitive.target;
      } else this.step(primitive);
      if (next <= at && ++loops > MAX_LOOPS) {
        this.runtime.environment.log('loop limit failed');
        throw new PacketAborted('loop limit');
      }
      at = next;
    }
  }

  step(primitive: Primitive): void {
    const { evaluator, packet, runtime, state } = this;
    switch (primitive.op) {
      case 'assign':
        return this.assign(primitive.target, evaluator.number(primitive.value));
      case 'assignVarbit':
        return state.writeVarbit(
          primitive.target,
          state.read(primitive.source),
          state.bitsOf(primitive.source),
        );
      case 'assignHeader': {
        const source = evaluator.header(primitive.source);
        return this.assignHeader(evaluator.header(primitive.target), source);
      }
      case 'assignUnion':
        return this.assignUnion(evaluator.union(primitive.target), evaluator.union(primitive.source));
      case 'assignStack':
        for (const [index, header] of primitive.target.headers.entries()) {
          this.assignHeader(header, primitive.source.headers[index]);
        }
        return state.setNext(primitive.target, state.nextOf(primitive.source));
      case 'assignUnionStack':
        for (const [index, union] of primitive.target.unions.entries()) {
          this.assignUnion(union, primitive.source.unions[index]);
        }
        return state.setUnionNext(primitive.target, state.unionNextOf(primitive.source));
      case 'setValid': {
        const header = evaluator.header(primitive.header);
        if (!header || state.isValid(header)) return;
        state.zero(header);
        state.setValid(header, true);
        packet.packetLength += state.byteLength(header);
        return;
      }
      case 'setInvalid': {
        const header = evaluator.header(primitive.header);
        if (!header || !state.isValid(header)) return;
        packet.packetLength -= state.byteLength(header);
        return state.setValid(header, false);
      }
      case 'push':
        return this.push(primitive.stack, primitive.count);
      case 'pop':
        return this.pop(primitive.stack, primitive.count);
      case 'pushUnion':
        return this.pushUnion(primitive.stack, primitive.count);
      case 'popUnion':
        return this.popUnion(primitive.stack, primitive.count);
      case 'exit':
        packet.exit = true;
        return;
      case 'assert':
        if (evaluator.truth(primitive.condition)) return;
        runtime.environment.log(`${primitive.what} failed`);
        throw new PacketAborted(primitive.what);
      case 'log':
        return runtime.environment.log(
          formatLog(
            primitive.format,
            primitive.args.map((arg) => evaluator.number(arg)),
          ),
        );
      case 'drop': {
        state.write(this.program.intrinsic.get('standard_metadata.egress_spec')!, DROP_PORT);
        const group = this.program.intrinsic.get('intrinsic_metadata.mcast_grp');
        if (group) state.write(group, 0n);
        return;
      }
      case 'count':
        return runtime.counterList[primitive.counter.index]!.count(
          toIndex(evaluator.number(primitive.index)),
          packet.ingressLength,
        );
      case 'meter': {
        const meter = runtime.meterList[primitive.meter.index]!;
        const colour = meter.execute(toIndex(evaluator.number(primitive.index)), packet.ingressLength);
        if (colour >= 0) this.assign(primitive.target, BigInt(colour));
        return;
      }
      case 'registerRead': {
        const array = runtime.registerList[primitive.array.index]!;
        const index = toIndex(evaluator.number(primitive.index));
        if (index >= 0 && index < array.size) this.assign(primitive.target, array.read(index));
        return;
      }
      case 'registerWrite': {
        const array = runtime.registerList[primitive.array.index]!;
        const index = toIndex(evaluator.number(primitive.index));
        const value = evaluator.number(primitive.value);
        if (index >= 0 && index < array.size) array.write(index, value);
        return;
      }
      case 'hash': {
        const base = BigInt.asUintN(U64, evaluator.number(primitive.base));
        const size = BigInt.asUintN(U64, evaluator.number(primitive.size)) || 1n;
        const { algorithm, inputs, withPayload } = primitive.calculation;
        const hash = calculate(state, packet, algorithm, inputs, withPayload);
        return this.assign(primitive.target, BigInt.asUintN(U64, (hash % size) + base));
      }
      case 'random': {
        const low = BigInt.asUintN(U64, evaluator.number(primitive.low));
        const high = BigInt.asUintN(U64, evaluator.number(primitive.high));
        if (low <= high) this.assign(primitive.target, low + runtime.environment.random(high - low + 1n));
        return;
      }
      case 'digest':
        packet.digest = toUint16(evaluator.number(primitive.list));
        return;
      case 'clone':
        packet.cloneSession = toUint16(evaluator.number(primitive.session)) & 0x7fff;
        packet.cloneFieldList = toUint16(evaluator.number(primitive.fieldList));
        return;
      case 'resubmit':
        packet.resubmit = toUint16(evaluator.number(primitive.fieldList));
        return;
      case 'recirculate':
        packet.recirculate = toUint16(evaluator.number(primitive.fieldList));
        return;
      case 'truncate':
        packet.truncate = Math.min(
          packet.truncate,
          Number(BigInt.asUintN(U64, evaluator.number(primitive.length))),
        );
        return;
      case 'jump':
      case 'jumpIfZero':
      case 'nothing':
        return;
    }
  }

  private assign(target: Lvalue, value: bigint): void {
    switch (target.kind) {
      case 'field':
        return this.state.write(target.field, value);
      case 'lastField': {
        const next = this.state.nextOf(target.stack);
        if (next > 0) this.state.write(target.stack.headers[next - 1]!.fields[target.offset]!, value);
        return;
      }
      case 'accessField': {
        const header = this.evaluator.header(target.header);
        if (header) this.state.write(header.fields[target.offset]!, value);
        return;
      }
      case 'register': {
        const array = this.runtime.registerList[target.array.index]!;
        const index = toIndex(this.evaluator.number(target.index));
        if (index >= 0 && index < array.size) array.write(index, value);
        return;
      }
    }
  }

  private assignHeader(target: Header | undefined, source: Header | undefined): void {
    if (!target) return;
    if (!source || !this.state.isValid(source)) return this.state.setValid(target, false);
    this.state.copyFields(target, source);
    this.state.setValid(target, true);
  }

  private assignUnion(target: HeaderUnion | undefined, source: HeaderUnion | undefined): void {
    if (!target || !source || target === source) return;
    for (const [member, header] of target.headers.entries()) {
      this.assignHeader(header, source.headers[member]);
    }
  }

  /** P4_16 8.19: the whole stack moves, new elements are invalid. */
  private push(stack: HeaderStack, count: number): void {
    const size = stack.headers.length;
    for (let i = size - 1; i >= count; i--) this.move(stack.headers[i]!, stack.headers[i - count]!);
    for (let i = 0; i < Math.min(count, size); i++) this.state.setValid(stack.headers[i]!, false);
    this.state.setNext(stack, Math.min(size, this.state.nextOf(stack) + count));
  }

  private pop(stack: HeaderStack, count: number): void {
    const size = stack.headers.length;
    for (let i = 0; i + count < size; i++) this.move(stack.headers[i]!, stack.headers[i + count]!);
    for (let i = Math.max(0, size - count); i < size; i++) this.state.setValid(stack.headers[i]!, false);
    this.state.setNext(stack, Math.max(0, this.state.nextOf(stack) - count));
  }

  private pushUnion(stack: UnionStack, count: number): void {
    const size = stack.unions.length;
    for (let i = size - 1; i >= count; i--) this.moveUnion(stack.unions[i]!, stack.unions[i - count]!);
    for (let i = 0; i < Math.min(count, size); i++) this.invalidate(stack.unions[i]!);
    this.state.setUnionNext(stack, Math.min(size, this.state.unionNextOf(stack) + count));
  }

  private popUnion(stack: UnionStack, count: number): void {
    const size = stack.unions.length;
    for (let i = 0; i + count < size; i++) this.moveUnion(stack.unions[i]!, stack.unions[i + count]!);
    for (let i = Math.max(0, size - count); i < size; i++) this.invalidate(stack.unions[i]!);
    this.state.setUnionNext(stack, Math.max(0, this.state.unionNextOf(stack) - count));
  }

  /** Validity and contents. */
  private move(target: Header, source: Header): void {
    if (target === source) return;
    this.state.copyFields(target, source);
    this.state.setValid(target, this.state.isValid(source));
  }

  private moveUnion(target: HeaderUnion, source: HeaderUnion): void {
    if (target === source) return;
    for (const header of target.headers) this.state.setValid(header, false);
    for (const [member, header] of target.headers.entries()) this.move(header, source.headers[member]!);
  }

  private invalidate(union: HeaderUnion): void {
    for (const header of union.headers) this.state.setValid(header, false);
  }
}

/** An array index; anything that no array can have becomes -1. */
export function toIndex(value: bigint): number {
  return value < 0n || value > 0xffffffffn ? -1 : Number(value);
}

function toUint16(value: bigint): number {
  return Number(BigInt.asUintN(16, value));
}

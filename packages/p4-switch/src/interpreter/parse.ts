import { readBits } from '../bits/bits.js';
import { MAX_PARSE_STEPS, type Packet } from '../engine/packet.js';
import type { Runtime } from '../engine/runtime.js';
import type { ExtractTarget, Header, ParserOp, ParseState, Program } from '../ir/program.js';
import type { Evaluator } from './evaluate.js';
import type { Executor } from './execute.js';
import type { State } from './state.js';

/** Carries a parser error to the loop, which ends parsing with it (parser.cpp, Parser::parse). */
class ParseError extends Error {
  constructor(readonly error: number) {
    super('parse error');
  }
}

/** @returns bytes parsed. Sets `packet.parserError`. */
export function parse(
  program: Program,
  state: State,
  packet: Packet,
  runtime: Runtime,
  evaluator: Evaluator,
  executor: Executor,
): number {
  const core = (name: string): number => program.errors.get(name)!;
  const frame = packet.buffer.subarray(0, packet.end);
  let at = packet.start;
  const available = (): number => frame.length - at;
  const fail = (name: string): never => {
    throw new ParseError(core(name));
  };

  const extractHeader = (header: Header, op: Extract<ParserOp, { op: 'extract' }>): void => {
    let bits = 0;
    if (op.length) {
      const length = evaluator.number(op.length);
      if (length % 8n !== 0n) fail('ParserInvalidArgument');
      const bytes = BigInt(header.fixedBytes) + length / 8n;
      if (length < 0n || bytes > BigInt(available())) fail('PacketTooShort');
      if (length > BigInt(header.varbit!.width)) fail('HeaderTooShort');
      bits = Number(length);
    } else if (available() < header.fixedBytes) fail('PacketTooShort');
    state.extract(header, frame, at, bits);
    at += header.fixedBytes + bits / 8;
  };

  const extract = (target: ExtractTarget, op: Extract<ParserOp, { op: 'extract' }>): void => {
    switch (target.kind) {
      case 'header':
        return extractHeader(target.header, op);
      case 'stack': {
        const next = state.nextOf(target.stack);
        if (next >= target.stack.headers.length) fail('StackOutOfBounds');
        extractHeader(target.stack.headers[next]!, op);
        return state.setNext(target.stack, next + 1);
      }
      case 'unionStack': {
        const next = state.unionNextOf(target.stack);
        if (next >= target.stack.unions.length) fail('StackOutOfBounds');
        extractHeader(target.stack.unions[next]!.headers[target.member]!, op);
        return state.setUnionNext(target.stack, next + 1);
      }
    }
  };

  const lookahead = (offset: number, width: number): bigint => {
    if (available() * 8 < offset + width) fail('PacketTooShort');
    return readBits(frame, at * 8 + offset, width);
  };

  const runOp = (op: ParserOp): void => {
    switch (op.op) {
      case 'extract':
        return extract(op.target, op);
      case 'set':
        return state.write(op.field, evaluator.number(op.value));
      case 'setLookahead':
        return state.write(op.field, lookahead(op.offset, op.width));
      case 'verify':
        if (!evaluator.truth(op.condition)) {
          throw new ParseError(Number(BigInt.asUintN(32, evaluator.number(op.error))));
        }
        return;
      case 'advance': {
        const bits = evaluator.number(op.bits);
        if (bits % 8n !== 0n) fail('ParserInvalidArgument');
        if (bits < 0n || bits / 8n > BigInt(available())) fail('PacketTooShort');
        at += Number(bits / 8n);
        return;
      }
      case 'primitive':
        return executor.run([op.primitive], []);
    }
  };

  const next = (current: ParseState): ParseState | undefined => {
    for (const op of current.ops) runOp(op);
    let key = 0n;
    for (const part of current.key) {
      const value =
        part.kind === 'lookahead'
          ? lookahead(part.offset, part.width)
          : BigInt.asUintN(part.width, evaluator.number(part.value));
      key = (key << BigInt(Math.ceil(part.width / 8) * 8)) | value;
    }
    for (const choice of current.cases) {
      if (choice.kind === 'valueSet') {
        if (runtime.valueSetList[choice.set.index]!.contains(key, choice.mask)) return choice.next;
      } else if (
        choice.mask === undefined
          ? key === choice.value
          : (key & choice.mask) === (choice.value & choice.mask)
      ) {
        return choice.next;
      }
    }
    return current.otherwise;
  };

  packet.parserError = core('NoError');
  try {
    let current = program.parser.initial;
    for (let steps = 0; current; steps++) {
      if (steps >= MAX_PARSE_STEPS) fail('ParserTimeout');
      current = next(current);
    }
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    packet.parserError = error.error;
  }
  return at - packet.start;
}

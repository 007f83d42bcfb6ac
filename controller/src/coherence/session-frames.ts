import { wire } from '@bluebridge/memory';
import type { Coordinator } from './coordinator.js';
import type { Session } from './sessions.js';

/** An answer to a client, or undefined where it gets none. */
export type SessionAnswer = wire.Message | undefined;

/**
 * What a client asks the controller about its copies: JOIN, RENEW, COMPLAIN (docs/coherence.md, Messages).
 * @param lease milliseconds
 */
export async function answerSession(
  coordinator: Coordinator,
  message: wire.Message,
  lease: number,
): Promise<SessionAnswer> {
  switch (message.op) {
    case wire.Op.JOIN: {
      const incarnation = (BigInt(message.bitmapHigh) << 32n) | BigInt(message.bitmapLow);
      const session = await coordinator.join(message.client, incarnation, message.number);
      return session && welcome(message, session, lease);
    }
    case wire.Op.RENEW: {
      const session = coordinator.renew(message.client, message.epoch);
      if (session === undefined) return new wire.Message().refuse(message, wire.Reason.STALE_EPOCH);
      return welcome(message, session, lease);
    }
    case wire.Op.COMPLAIN:
      void coordinator.complain(message.node, message.pointer);
      return new wire.Message().answer(message, wire.Kind.REPLY);
    default:
      return new wire.Message().refuse(message, wire.Reason.BAD_OPERATION);
  }
}

function welcome(request: wire.Message, session: Session, lease: number): wire.Message {
  return Object.assign(new wire.Message().answer(request, wire.Kind.REPLY), {
    requesterEpoch: session.epoch,
    requesterIndex: session.index,
    number: lease,
  });
}

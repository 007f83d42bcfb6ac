import { wire } from '@bluebridge/memory';
import type { Intent } from '../intent/intent.js';
import type { ServerRequests } from '../run/server-requests.js';
import type { Withdrawal } from './withdrawals.js';

/**
 * Call copies in where the memory servers keep the directories of their own pages (`coherence: home`): each is told what rights were taken to.
 * What is nobody's any more it knows by itself, from the FREE.
 */
export async function withdrawAtHomes(
  intent: Intent,
  requests: ServerRequests,
  withdrawals: readonly Withdrawal[],
): Promise<void> {
  await Promise.all(
    withdrawals.map(({ node, start, end, remove }) => {
      const server = intent.server(node);
      if (server === undefined || remove) return undefined;
      return requests.ask(server, { op: wire.Op.REVOKE, pointer: start, length: Number(end - start) });
    }),
  );
}

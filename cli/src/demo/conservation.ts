import type { SwitchCounters } from '@bluebridge/controller';
import type { LocalFabric } from '../fabric/local-fabric.js';
import { count } from '../output/units.js';
import { total } from './observe.js';
import type { Check } from './report.js';

/** Refusals that the program drops without an answer. */
const UNANSWERED = ['SPOOFED_SOURCE', 'HOP_LIMIT', 'MALFORMED'];

/**
 * Every frame went through the program: what the hosts' wires carried is what the program counted. In: accepted by the source guard, or
 * refused before it. Out: routed, turned round as a NACK, or sent for the controller.
 */
export function observeConservation(local: LocalFabric, counters: SwitchCounters): Check {
  let sent = 0;
  let received = 0;
  for (const name of [...local.servers.keys(), ...local.clients.keys()]) {
    const { txFrames, rxFrames } = local.wireOf(name).stats;
    sent += txFrames;
    received += rxFrames;
  }
  const refused = (names: readonly string[]) =>
    names.reduce((sum, name) => sum + Number(counters.refused.get(name)?.packets ?? 0n), 0);
  const countedIn = total(counters.accepted) + refused(['SPOOFED_SOURCE', 'MALFORMED']);
  const nacks = total(counters.refused) - refused(UNANSWERED);
  const countedOut = total(counters.routed) + nacks + local.controller!.framesSent;
  return {
    name: 'every frame went through the P4 program',
    held: sent === countedIn && received === countedOut,
    seen: `in ${count(sent)} sent = ${count(countedIn)} counted, out ${count(received)} = ${count(countedOut)}`,
  };
}

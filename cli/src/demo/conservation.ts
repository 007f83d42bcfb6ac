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
  const countedIn = total(counters.accepted) + refused(counters, ['SPOOFED_SOURCE', 'MALFORMED']);
  const countedOut = local.switches.size > 1 ? outOfSeveral(counters) : outOfOne(counters);
  const expected = countedOut + local.controller!.framesSent;
  return {
    name: 'every frame went through the P4 program',
    held: sent === countedIn && received === expected,
    seen: `in ${count(sent)} sent = ${count(countedIn)} counted, out ${count(received)} = ${count(expected)}`,
  };
}

/** What one switch sent of its own accord. */
const outOfOne = (counters: SwitchCounters): number =>
  total(counters.routed) + total(counters.refused) - refused(counters, UNANSWERED);

/**
 * What several switches sent to hosts. A NACK made by another switch than the client's is refused there and routed here, which counts it twice. But whatever was
 * accepted, and neither dropped nor sent to the controller, has left by a host's port.
 */
const outOfSeveral = (counters: SwitchCounters): number =>
  total(counters.accepted) -
  refused(counters, ['HOP_LIMIT']) -
  (total(counters.punted) - Number(counters.punted.get('HELLO')?.packets ?? 0n));

const refused = (counters: SwitchCounters, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + Number(counters.refused.get(name)?.packets ?? 0n), 0);

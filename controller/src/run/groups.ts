import type { Intent } from '../intent/intent.js';
import { planCoherenceGroup } from '../plan/coherence.js';
import { planFlood } from '../plan/plan.js';
import type { AttachedSwitch } from './switches.js';

/** Bring a switch's multicast groups to the hosts that there are: ordinary traffic's, and that of probes. @throws whatever the switch throws */
export async function writeGroups({ fabric, routing, coherence }: Intent, at: AttachedSwitch): Promise<void> {
  if (fabric.features.ordinaryTraffic) await at.flood(planFlood(fabric, at.name, routing));
  if (coherence && at.probeGroup) await at.probeGroup(planCoherenceGroup(fabric, coherence));
}

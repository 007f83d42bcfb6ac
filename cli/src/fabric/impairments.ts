import type { Fabric, Impairments, LinkSpec } from '@bluebridge/templates';
import { type ImpairOptions, impair, seededRandom, type Wire } from 'ethernet-wire';

/**
 * A port of a switch whose cable is as bad as the specification says; the wire itself where it says nothing. Faults come in the same order in every run.
 * @param direction `both` for a cable to a host; `send` at either end of one between switches, so that no frame meets its fate twice
 * @param seed different for each port
 */
export function impaired(
  wire: Wire,
  impairments: Impairments | undefined,
  direction: ImpairOptions['direction'],
  seed: number,
): Wire {
  if (impairments === undefined) return wire;
  return impair(wire, { ...impairments, direction, random: seededRandom(seed) });
}

/** One for each port of the fabric: that of a host, or of an end of a link. */
export const seedOf = ({ switches }: Fabric, name: string, port: number): number =>
  1 + switches.findIndex((s) => s.name === name) * 512 + port;

/** The links of a switch with the end that is there, and its port. */
export function trunksOf(
  { links }: Fabric,
  name: string,
): { readonly link: LinkSpec; readonly end: 0 | 1; readonly port: number }[] {
  return links.flatMap((link) =>
    ([0, 1] as const)
      .filter((end) => link.ends[end].switch === name)
      .map((end) => ({ link, end, port: link.ends[end].port })),
  );
}

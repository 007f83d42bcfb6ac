import type { Fabric } from '@bluebridge/templates';

/** How a program counts a switch: from 1, in the order of the specification. */
export const switchNumber = ({ switches }: Fabric, name: string): bigint =>
  BigInt(switches.findIndex((s) => s.name === name) + 1);

/** Where the memory of a node, or a client, is attached; undefined for a node that the fabric does not have. */
export function switchOf({ servers, clients }: Fabric, node: number): string | undefined {
  const has = (host: { readonly node: number }) => host.node === node;
  return (servers.find(has) ?? clients.find(has))?.switch;
}

/** Ports of a switch that lead to other switches, ascending. */
export const trunksOf = ({ links }: Fabric, name: string): number[] =>
  links
    .flatMap(({ ends }) => ends.filter((end) => end.switch === name).map(({ port }) => port))
    .sort((a, b) => a - b);

/** Whether the program of this fabric is that of a switch among several. */
export const isSeveral = ({ switches }: Fabric): boolean => switches.length > 1;

import type { ClientSpec, Fabric, ServerSpec } from '@bluebridge/templates';
import type { Allocation, ServerLife } from '../intent/allocations.js';
import type { Fact } from '../intent/fact.js';

/**
 * How the intent is written down, a record each:
 *
 *     fabric                             which fabric this is, and the version of this layout
 *     adopted                            what the switches held before there was a store has been learnt
 *     allocation/NODE/START              an owner, the generation of the server's word, and the shares
 *     life/NODE                          the server process that speaks for a node, and what was heard of it
 *     move/NODE/START                    a range that is at home on another server
 *     host/NAME                          a host that an operation added, or took away from those of the spec
 *     draining/NAME                      a server that gets no new allocations
 *
 * Node ids are 4 hex digits, addresses 16, so that keys sort as numbers do; numbers in values are hexadecimal too where they may be large.
 */
export const FORMAT = 1;

const hex = (value: number | bigint, digits: number): string => value.toString(16).padStart(digits, '0');

export const fabricKey = 'fabric';
export const adoptedKey = 'adopted';
export const ADOPTED = 'true';
export const fabricRecord = (fabric: Fabric): string =>
  JSON.stringify({ format: FORMAT, fabric: fabric.name });

export function keyOf(fact: Fact): string {
  return `${fact.kind}/${hex(fact.node, 4)}/${hex(fact.start, 16)}`;
}

export function recordOf(fact: Fact): string {
  return fact.kind === 'allocation'
    ? allocationRecord(fact)
    : JSON.stringify({ end: fact.end.toString(16), to: fact.to });
}

function allocationRecord({ end, owner, generation, shares }: Allocation): string {
  return JSON.stringify({
    end: end.toString(16),
    owner,
    generation: generation.toString(16),
    ...(shares.size > 0 && {
      shares: [...shares].map(([domain, ranges]) => [
        domain,
        ranges.map((r) => [r.start.toString(16), r.end.toString(16), r.rights]),
      ]),
    }),
  });
}

export const lifeKey = (node: number): string => `life/${hex(node, 4)}`;

export function lifeRecord({ incarnation, heard }: ServerLife): string {
  return JSON.stringify({
    incarnation: incarnation.toString(16),
    heard: heard.map(([from, to]) => [from.toString(16), to.toString(16)]),
  });
}

export const hostKey = (name: string): string => `host/${name}`;

/** What has to be written down of a host, or undefined if it is as the spec has it. */
export function hostRecord(spec: Fabric, now: Fabric, name: string): string | undefined {
  const [written, current] = [hostOf(spec, name), hostOf(now, name)];
  if (!current) return written ? JSON.stringify({ removed: true }) : undefined;
  const text = JSON.stringify(current);
  return text === JSON.stringify(written) ? undefined : text;
}

type HostRecord =
  | { readonly role: 'server'; readonly spec: ServerSpec }
  | { readonly role: 'client'; readonly spec: ClientSpec };

function hostOf(fabric: Fabric, name: string): HostRecord | undefined {
  const server = fabric.servers.find((s) => s.name === name);
  if (server) return { role: 'server', spec: server };
  const client = fabric.clients.find((c) => c.name === name);
  return client && { role: 'client', spec: client };
}

export const drainingKey = (name: string): string => `draining/${name}`;
export const DRAINING = JSON.stringify({ draining: true });

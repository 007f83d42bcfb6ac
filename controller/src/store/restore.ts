import type { Fabric } from '@bluebridge/templates';
import { z } from 'zod';
import { isOfCoherence } from '../coherence/ledger.js';
import { NOT_SHARED } from '../intent/allocations.js';
import type { Intent } from '../intent/intent.js';
import { adoptedKey, FORMAT, fabricKey } from './records.js';
import { StoreError } from './store.js';

const hex = z
  .string()
  .regex(/^[0-9a-f]{1,32}$/)
  .transform((digits) => BigInt(`0x${digits}`));
const node = z
  .string()
  .regex(/^[0-9a-f]{4}$/)
  .transform((digits) => Number.parseInt(digits, 16));
const number16 = z.int().min(0).max(0xffff);

const fabricValue = z.object({ format: z.int(), fabric: z.string() });
const allocationValue = z.strictObject({
  end: hex,
  owner: number16,
  generation: hex,
  shares: z.array(z.tuple([number16, z.array(z.tuple([hex, hex, z.int().min(1).max(3)]))])).optional(),
});
const lifeValue = z.strictObject({ incarnation: hex, heard: z.array(z.tuple([hex, hex])) });
const moveValue = z.strictObject({ end: hex, to: number16 });
const host = { name: z.string(), node: number16, mac: z.string(), switch: z.string(), port: z.int() };
const hostValue = z.union([
  z.strictObject({ removed: z.literal(true) }),
  z.object({ role: z.literal('server'), spec: z.looseObject({ ...host, capacity: z.number() }) }),
  z.object({ role: z.literal('client'), spec: z.looseObject({ ...host, domain: number16 }) }),
]);

/**
 * Put what is stored into an intent that says no more than the spec.
 * @returns whether the store knows more than any switch: what switches held before there was a store has been learnt
 * @throws StoreError STORE_FOREIGN for the records of another fabric or a newer version, STORE_CORRUPT for one that makes no sense
 */
export function restoreIntent(records: ReadonlyMap<string, string>, intent: Intent): boolean {
  if (records.size === 0) return false;
  checkOwner(records.get(fabricKey), intent.spec);
  const later: (() => void)[] = [];
  let { fabric } = intent;
  for (const [key, value] of records) {
    const [kind, ...rest] = key.split('/');
    const parse = <S extends z.ZodType>(schema: S, text: string = value, isJson = true): z.infer<S> =>
      parsed(schema, key, text, isJson);
    if (key === fabricKey || key === adoptedKey || isOfCoherence(key)) continue;
    const name = rest.join('/');
    if (kind === 'host') fabric = withHost(fabric, name, parse(hostValue));
    else if (kind === 'draining') intent.draining.add(name);
    else if (kind === 'life') {
      intent.allocations.restoreLife({ node: parse(node, rest[0], false), ...parse(lifeValue) });
    } else if (kind === 'allocation' || kind === 'move') {
      const at = { node: parse(node, rest[0], false), start: parse(hex, rest[1], false) };
      if (kind === 'move') {
        const move = { kind: 'move' as const, ...at, ...parse(moveValue) };
        later.push(() => intent.moves.restore(move));
      } else {
        const { shares = [], ...known } = parse(allocationValue);
        const ranges = shares.map(
          ([domain, list]) => [domain, list.map(([start, end, rights]) => ({ start, end, rights }))] as const,
        );
        intent.allocations.restore({
          kind: 'allocation',
          ...at,
          ...known,
          shares: ranges.length > 0 ? new Map(ranges) : NOT_SHARED,
        });
      }
    } else throw corrupt(key, 'this version knows no such record');
  }
  intent.fabric = fabric;
  for (const restore of later) restore();
  return records.has(adoptedKey);
}

function checkOwner(record: string | undefined, { name }: Fabric): void {
  if (record === undefined) {
    throw new StoreError('STORE_FOREIGN', 'the store holds something else than the intent of a controller');
  }
  const { format, fabric } = parsed(fabricValue, fabricKey, record);
  if (fabric !== name) {
    throw new StoreError(
      'STORE_FOREIGN',
      `the store is that of the fabric "${fabric}", this one is "${name}": give each a store of its own`,
    );
  }
  if (format !== FORMAT) {
    throw new StoreError(
      'STORE_FOREIGN',
      `the store has the format ${format}, this version writes ${FORMAT}: run the version that wrote it`,
    );
  }
}

function withHost(fabric: Fabric, name: string, record: z.infer<typeof hostValue>): Fabric {
  const others = <H extends { readonly name: string }>(hosts: readonly H[]): H[] =>
    hosts.filter((h) => h.name !== name);
  const without = { ...fabric, servers: others(fabric.servers), clients: others(fabric.clients) };
  if ('removed' in record) return without;
  if (record.role === 'server') return { ...without, servers: [...without.servers, record.spec] };
  return { ...without, clients: [...without.clients, record.spec] };
}

function parsed<S extends z.ZodType>(
  schema: S,
  key: string,
  text: string | undefined,
  isJson = true,
): z.infer<S> {
  let value: unknown = text;
  if (isJson) {
    try {
      value = JSON.parse(text ?? '');
    } catch (error) {
      throw corrupt(key, String(error));
    }
  }
  const result = schema.safeParse(value);
  if (!result.success) throw corrupt(key, z.prettifyError(result.error));
  return result.data;
}

const corrupt = (key: string, reason: string): StoreError =>
  new StoreError('STORE_CORRUPT', `the record ${key} of the store makes no sense: ${reason}`);

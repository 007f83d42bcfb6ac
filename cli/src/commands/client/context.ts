import { type MemoryAddress, type MemoryClient, wire } from '@bluebridge/memory';
import type { Fabric } from '@bluebridge/templates';
import { InvalidArgumentError } from 'commander';
import { startClient } from '../../fabric/hosts.js';
import { openEnd } from '../../fabric/wires.js';
import { EXIT, Failure } from '../../failure.js';
import { interruptSignal } from '../../interrupt.js';
import { fabricOf } from '../options.js';

export interface ClientGlobals {
  readonly spec?: string;
  readonly as?: string;
  readonly timeout: number;
  readonly json?: boolean;
}

/** What a client command works with. */
export interface ClientContext {
  readonly fabric: Fabric;
  readonly client: MemoryClient;
  readonly signal: AbortSignal;
  /** Print a result: text for people, or the value as JSON where --json asks for it. */
  print(text: string, value: object): void;
}

/** Run one client command on a wire of its own, and give the wire back whatever happens. */
export async function withClient(
  globals: ClientGlobals,
  work: (context: ClientContext) => Promise<void>,
): Promise<void> {
  const interrupt = interruptSignal();
  const fabric = await fabricOf(globals.spec);
  const spec =
    globals.as === undefined ? fabric.clients[0] : fabric.clients.find((c) => c.name === globals.as);
  if (!spec) {
    const names = fabric.clients.map((c) => c.name).join(', ');
    throw new Failure(
      `the specification has no client ${globals.as ?? ''}; it has: ${names || 'none'}`,
      EXIT.USAGE,
    );
  }
  const client = startClient(fabric, spec, await openEnd(spec, 'host'), globals.timeout);
  const print = (text: string, value: object) => {
    process.stdout.write(globals.json ? `${JSON.stringify(value)}\n` : `${text}\n`);
  };
  try {
    await work({ fabric, client, signal: interrupt.signal, print });
  } catch (error) {
    throw interrupt.signal.aborted ? interrupt.signal.reason : error;
  } finally {
    await client.close();
    interrupt.dispose();
  }
}

/** For commander: `fdbb:101::1000`. */
export function address(text: string): MemoryAddress {
  try {
    const { node, pointer } = wire.parseAddress(text);
    return { node, pointer };
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

export const show = ({ node, pointer }: MemoryAddress, { prefix }: Fabric): string =>
  wire.formatAddress({ prefix, node, pointer });

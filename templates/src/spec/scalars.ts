import { z } from 'zod';

/**
 * The values that a specification is made of. Each schema takes what people write (hexadecimal, `16MiB`) and
 * gives what the code works with; its error text says what is expected, and the loader adds where and what was found.
 */

const DIGITS = /^(0x[0-9a-fA-F]+|[0-9]+)$/;

/** A whole number, decimal or hexadecimal, in `min`..`max`. */
export function integer(expected: string, min: number, max: number) {
  const error = expected;
  return z
    .union(
      [
        z.int({ error }).min(min, { error }).max(max, { error }),
        z.string({ error }).regex(DIGITS, { error }),
      ],
      {
        error,
      },
    )
    .transform((written, ctx) => {
      const value = Number(written);
      if (value >= min && value <= max) return value;
      ctx.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    });
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};
const SIZE = /^(0x[0-9a-fA-F]+|[0-9]+) ?(KiB|MiB|GiB|TiB)?$/;

/** A number of bytes: `4096`, `0x1000`, `4KiB`. At most 2^53 - 1. */
export function size(expected: string, accepts: (bytes: number) => boolean = () => true) {
  const error = expected;
  return z
    .union([z.int({ error }).min(1, { error }), z.string({ error }).regex(SIZE, { error })], { error })
    .transform((written, ctx) => {
      const [, digits, unit] = SIZE.exec(String(written)) ?? [];
      const bytes = Number(digits) * (UNITS[unit ?? ''] ?? Number.NaN);
      if (Number.isSafeInteger(bytes) && bytes > 0 && accepts(bytes)) return bytes;
      ctx.addIssue({ code: 'custom', message: expected });
      return z.NEVER;
    });
}

export const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));

/** A name that is fit for a file, a process and a P4 comment. */
export const name = (
  expected = 'a name of lower-case letters, digits, "-" and "_" that starts with a letter',
) => z.string({ error: expected }).regex(/^[a-z][a-z0-9_-]{0,62}$/, { error: expected });

const PROBABILITY = 'a probability from 0 to 1, such as 0.05 for 5 %';
export const probability = z.number({ error: PROBABILITY }).min(0, PROBABILITY).max(1, PROBABILITY);

const MILLISECONDS = 'milliseconds from 0 to 60000';
export const milliseconds = z.number({ error: MILLISECONDS }).min(0, MILLISECONDS).max(60_000, MILLISECONDS);

const LINK_END = '"SWITCH:PORT", such as "leaf1:9"';
/** One end of a cable between switches. */
export const linkEnd = z
  .string({ error: LINK_END })
  .regex(/^[a-z][a-z0-9_-]{0,62}:[0-9]{1,5}$/, { error: LINK_END })
  .transform((text) => {
    const [name, port] = text.split(':') as [string, string];
    return { switch: name, port: Number(port) };
  });

const UNICAST_MAC = 'a unicast MAC address such as "02:bb:00:00:01:01"';
export const mac = z
  .string({ error: UNICAST_MAC })
  // The lowest bit of the first byte marks a group address (IEEE 802, 8.2).
  .regex(/^[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}$/, { error: UNICAST_MAC })
  .transform((text) => text.toLowerCase());

export const macOfNode = (node: number): string => `02:bb:00:00:${byte(node >> 8)}:${byte(node & 0xff)}`;
const byte = (value: number): string => value.toString(16).padStart(2, '0');

const HOST_PORT = String.raw`(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}`;

/** Splits `HOST:PORT`; undefined where the port is not a port number. */
export function portOf(endpoint: string): number | undefined {
  const port = Number(endpoint.slice(endpoint.lastIndexOf(':') + 1));
  return port <= 65535 ? port : undefined;
}

const LISTEN = '"host:port", such as "127.0.0.1:9559" (port 0: the system chooses)';
export const listenAddress = z
  .string({ error: LISTEN })
  .regex(new RegExp(`^${HOST_PORT}$`), { error: LISTEN })
  .refine((text) => portOf(text) !== undefined, { error: LISTEN });

/** A cable of UDP datagrams, told from the host's end: `udp:HOST_END,SWITCH_END`. */
export const UDP_WIRE = new RegExp(`^udp:(${HOST_PORT}),(${HOST_PORT})$`);
const WIRE = '"udp:HOST_END,SWITCH_END", such as "udp:127.0.0.1:7101,127.0.0.1:7001"';
export const udpWire = z
  .string({ error: WIRE })
  .regex(UDP_WIRE, { error: WIRE })
  .refine((text) => udpEnds(text) !== undefined, { error: WIRE });

/** The local and the remote end of a `udp:` wire; undefined if it is none. Both ends need a port of their own. */
export function udpEnds(text: string): { local: string; remote: string } | undefined {
  const [, local, remote] = UDP_WIRE.exec(text) ?? [];
  return local && remote && portOf(local) && portOf(remote) ? { local, remote } : undefined;
}

const WIRE_END = 'one end of a wire: "udp:LOCAL,REMOTE", "if:INTERFACE" or "pcap:FILE"';
export const wireEnd = z
  .string({ error: WIRE_END })
  .regex(/^(udp|if|pcap):\S+$/, { error: WIRE_END })
  .refine((text) => !text.startsWith('udp:') || udpEnds(text) !== undefined, { error: WIRE_END });

import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { WireError } from './wire.js';

/** A literal address and a UDP port. `host` is in the form the kernel prints, so that peers compare as text. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** What a wire text says, after checking. */
export type WireSpec =
  | { readonly kind: 'udp'; readonly local: Endpoint; readonly remote: Endpoint }
  | { readonly kind: 'if'; readonly interfaceName: string }
  | { readonly kind: 'pcap'; readonly input: string; readonly output?: string };

/** The forms that exist, for `--help` texts and error messages. */
export const WIRE_FORMS: readonly { form: string; example: string; meaning: string }[] = [
  {
    form: 'udp:LOCALHOST:PORT,REMOTEHOST:PORT',
    example: 'udp:127.0.0.1:7001,127.0.0.1:7101',
    meaning: 'one Ethernet frame a datagram',
  },
  { form: 'if:NAME', example: 'if:veth0', meaning: 'a network interface (Linux, CAP_NET_RAW)' },
  {
    form: 'pcap:IN.pcap[,OUT.pcap]',
    example: 'pcap:requests.pcap,replies.pcap',
    meaning: 'frames from a file, to a file',
  },
];

/**
 * Parse the text that names a wire.
 * @throws WireError WIRE_BAD_SPEC that says what was found and which forms exist.
 */
export function parseWireSpec(text: string): WireSpec {
  const colon = text.indexOf(':');
  const kind = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? '' : text.slice(colon + 1);
  const fail: Fail = (found) => badSpec(text, found);
  switch (kind) {
    case 'udp':
      return parseUdp(rest, fail);
    case 'if':
      return parseInterface(rest, fail);
    case 'pcap':
      return parsePcap(rest, fail);
    default:
      throw fail(colon < 0 ? 'it does not begin with a kind and a colon' : `the kind "${kind}" is unknown`);
  }
}

/** The canonical text of a spec: `parseWireSpec(formatWireSpec(spec))` gives `spec` back. */
export function formatWireSpec(spec: WireSpec): string {
  switch (spec.kind) {
    case 'udp':
      return `udp:${formatEndpoint(spec.local)},${formatEndpoint(spec.remote)}`;
    case 'if':
      return `if:${spec.interfaceName}`;
    case 'pcap':
      return `pcap:${spec.input}${spec.output === undefined ? '' : `,${spec.output}`}`;
  }
}

type Fail = (found: string) => WireError;

function badSpec(text: string, found: string): WireError {
  const width = Math.max(...WIRE_FORMS.map((f) => f.form.length));
  const forms = WIRE_FORMS.map(
    (f) => `  ${f.form.padEnd(width)}  ${f.meaning}, for example ${f.example}`,
  ).join('\n');
  return new WireError(
    'WIRE_BAD_SPEC',
    `${JSON.stringify(text)} does not name a wire: ${found}. A wire is one of:\n${forms}`,
  );
}

function parseUdp(rest: string, fail: Fail): WireSpec {
  const parts = rest.split(',');
  if (parts.length !== 2) {
    throw fail(`udp: takes two addresses, LOCAL,REMOTE, and ${countOf(parts, 'address')} found`);
  }
  const local = parseEndpoint(parts[0]!, 'local', fail);
  const remote = parseEndpoint(parts[1]!, 'remote', fail);
  if (isIPv6(local.host) !== isIPv6(remote.host)) {
    throw fail(
      `${local.host} and ${remote.host} are of different families; use IPv4 for both or IPv6 for both`,
    );
  }
  if (remote.port === 0) throw fail('the remote port is 0; only the local port may be 0 (any free port)');
  if (remote.host === '0.0.0.0' || remote.host === '::') {
    throw fail(
      `the remote host ${remote.host} is the unspecified address; name the machine at the other end`,
    );
  }
  return { kind: 'udp', local, remote };
}

function countOf(parts: readonly string[], noun: string): string {
  const n = parts.length === 1 && parts[0] === '' ? 0 : parts.length;
  return n === 1 ? `one ${noun} was` : `${n} ${noun}es were`;
}

function parseEndpoint(text: string, which: string, fail: Fail): Endpoint {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(text);
  if (match === null) {
    throw fail(
      `the ${which} address ${JSON.stringify(text)} is not HOST:PORT (an IPv6 host stands in brackets, [::1]:7001)`,
    );
  }
  const [, v6, v4, portText] = match;
  const port = /^(0|[1-9][0-9]{0,4})$/.test(portText!) ? Number(portText) : Number.NaN;
  if (!(port <= 65535)) {
    throw fail(`the ${which} port ${JSON.stringify(portText)} is not a number from 0 to 65535`);
  }
  if (v6 !== undefined) {
    // A zone (fe80::1%eth0) would make the peer comparison depend on interface numbering.
    if (!isIPv6(v6) || v6.includes('%')) {
      throw fail(
        `the ${which} host ${JSON.stringify(v6)} is not an IPv6 address without a zone, such as ::1`,
      );
    }
    return { host: new SocketAddress({ address: v6, family: 'ipv6' }).address, port };
  }
  if (!isIPv4(v4!)) {
    throw fail(
      `the ${which} host ${JSON.stringify(v4)} is not a literal address; names are not looked up, write 127.0.0.1 or [::1]`,
    );
  }
  return { host: v4!, port };
}

/** The rules of the kernel's dev_valid_name(): 1 to 15 bytes, no slash, colon or space, not `.` or `..`. */
function parseInterface(name: string, fail: Fail): WireSpec {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0) throw fail('the interface name is missing');
  if (bytes > 15)
    throw fail(`the interface name ${JSON.stringify(name)} has ${bytes} bytes; Linux takes at most 15`);
  if (/[/:\s\0]/.test(name) || name === '.' || name === '..') {
    throw fail(`${JSON.stringify(name)} cannot be an interface name; it may hold no slash, colon or space`);
  }
  return { kind: 'if', interfaceName: name };
}

function parsePcap(rest: string, fail: Fail): WireSpec {
  const parts = rest.split(',');
  if (parts.length > 2)
    throw fail('pcap: takes at most two files, IN and OUT; a file name with a comma cannot be given');
  const [input, output] = parts;
  if (input === '') throw fail('the name of the input file is missing');
  if (output === '') throw fail('the name of the output file is missing after the comma');
  if (rest.includes('\0')) throw fail('a file name holds a NUL byte');
  if (output !== undefined && output === input) {
    throw fail('the input and the output are the same file, which would overwrite what is to be read');
  }
  return output === undefined ? { kind: 'pcap', input: input! } : { kind: 'pcap', input: input!, output };
}

export function formatEndpoint({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

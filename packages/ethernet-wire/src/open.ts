import { openIfWire } from './interface/if-wire.js';
import { openPcapWire } from './pcap/pcap-wire.js';
import { parseWireSpec } from './spec.js';
import { openUdpWire } from './udp.js';
import type { Wire } from './wire.js';

/**
 * Open the wire that a text names; see `WIRE_FORMS` for the forms.
 * @throws WireError WIRE_BAD_SPEC for the text, or what the wire's own open function throws
 */
export async function openWire(text: string): Promise<Wire> {
  const spec = parseWireSpec(text);
  switch (spec.kind) {
    case 'udp':
      return openUdpWire(spec);
    case 'if':
      return openIfWire(spec);
    case 'pcap':
      return openPcapWire(spec);
  }
}

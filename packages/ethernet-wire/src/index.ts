export { AddressError, formatIpv6, formatMac, parseIpv6, parseMac } from './address.js';
export {
  foldSum,
  internetChecksum,
  onesComplementSum,
  updateChecksum,
  updateChecksumRange,
} from './checksum.js';
export {
  type Clock,
  type ImpairCounts,
  type ImpairedWire,
  type ImpairOptions,
  impair,
  seededRandom,
} from './impair.js';
export { type IfWire, type IfWireStats, openIfWire } from './interface/if-wire.js';
export type { IfWireOptions } from './interface/packet-socket.js';
export { openWire } from './open.js';
export { type WirePairOptions, wirePair } from './pair.js';
export { PcapParser, type PcapRecord } from './pcap/pcap-parser.js';
export { openPcapWire, type PcapWire, type PcapWireOptions } from './pcap/pcap-wire.js';
export { PcapWriter } from './pcap/pcap-writer.js';
export { PcapngWriter } from './pcap/pcapng-writer.js';
export { type Endpoint, formatWireSpec, parseWireSpec, WIRE_FORMS, type WireSpec } from './spec.js';
export { openUdpWire, type UdpWire, type UdpWireOptions, type UdpWireStats } from './udp.js';
export {
  buildUdp6,
  ETHERNET_HEADER,
  ETHERTYPE_IPV6,
  IPV6_HEADER,
  parseUdp6,
  UDP_HEADER,
  UDP6_MAX_PAYLOAD,
  UDP6_OFFSET,
  UDP6_PAYLOAD,
  type Udp6Fault,
  type Udp6Header,
  Udp6View,
  writeUdp6Checksum,
} from './udp6.js';
export * from './wire.js';

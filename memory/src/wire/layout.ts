/** Where things stand in a frame: Ethernet, IPv6 and UDP without options, then the BlueBridge header. */
export const ETH_DST = 0;
export const ETH_SRC = 6;
export const ETH_TYPE = 12;
export const IP = 14;
export const IP_PAYLOAD_LENGTH = 18;
export const IP_NEXT_HEADER = 20;
export const IP_HOP_LIMIT = 21;
export const IP_SRC = 22;
export const IP_DST = 38;
export const UDP = 54;
export const UDP_DST_PORT = 56;
export const UDP_LENGTH = 58;
export const UDP_CHECKSUM = 60;
export const HEADER = 62;
/** Where the payload stands if no further header follows; else the capability, then the coherence header. */
export const PAYLOAD = 86;

export const ETHERTYPE_IPV6 = 0x86dd;
export const PROTOCOL_UDP = 17;
export const UDP_HEADER_BYTES = 8;
export const HEADER_BYTES = 24;
export const CAPABILITY_BYTES = 16;
export const COHERENCE_BYTES = 32;
export const ETHERNET_BYTES = 14;
/** IPv6, UDP and BlueBridge header: what a chunk must share the MTU with. */
export const OVERHEAD = PAYLOAD - ETHERNET_BYTES;

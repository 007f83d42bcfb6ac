/*
 * Numbers of the Linux ABI (the same on x86-64 and arm64), by the header that defines them.
 */

// <bits/socket.h>, <asm-generic/socket.h>
export const AF_PACKET = 17;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_ERROR = 4;
export const SO_SNDBUF = 7;
export const SO_SNDBUFFORCE = 32;

// <linux/if_packet.h>
export const SOL_PACKET = 263;
export const PACKET_ADD_MEMBERSHIP = 1;
export const PACKET_RX_RING = 5;
export const PACKET_STATISTICS = 6;
export const PACKET_VERSION = 10;
export const PACKET_VNET_HDR = 15;
export const PACKET_QDISC_BYPASS = 20;
export const PACKET_IGNORE_OUTGOING = 23;
export const PACKET_MR_PROMISC = 1;
export const TPACKET_V2 = 1;
export const TP_STATUS_KERNEL = 0;
export const TP_STATUS_USER = 1;
export const TP_STATUS_CSUMNOTREADY = 1 << 3;
export const TP_STATUS_VLAN_VALID = 1 << 4;
export const TP_STATUS_VLAN_TPID_VALID = 1 << 6;
export const SOCKADDR_LL_BYTES = 20;

// <linux/if_ether.h>, <linux/if_arp.h>
export const ETH_P_ALL = 3;
export const ETH_P_8021Q = 0x8100;
export const ARPHRD_ETHER = 1;
export const ARPHRD_LOOPBACK = 772;

// <linux/virtio_net.h>: struct virtio_net_hdr, 10 bytes
export const VNET_HEADER = 10;
export const VIRTIO_NET_HDR_F_NEEDS_CSUM = 1;

// <linux/sockios.h>
export const SIOCGIFMTU = 0x8921;

// <sys/mman.h>
export const PROT_READ_WRITE = 3;
export const MAP_SHARED = 1;
export const MAP_PRIVATE_ANONYMOUS = 0x22;
export const MAP_FIXED = 0x10;
export const MAP_NORESERVE = 0x4000;

// <sys/timerfd.h>
export const CLOCK_MONOTONIC = 1;

// <asm-generic/errno.h>
export const EPERM = 1;
export const EINTR = 4;
export const ENXIO = 6;
export const EAGAIN = 11;
export const EACCES = 13;
export const ENODEV = 19;
export const EINVAL = 22;
export const EMSGSIZE = 90;
export const EAFNOSUPPORT = 97;
export const ENETDOWN = 100;
export const ENOBUFS = 105;
export const ENOPROTOOPT = 92;

/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Packet headers as they are on the wire. Numbers are big endian. What follows an Ethernet header, tags or not,
 * is aligned to 4 bytes: the kernel leaves two bytes before a frame where alignment matters. No struct has holes.
 */
#ifndef EBPFNET_PACKET_H
#define EBPFNET_PACKET_H

#include "ebpfnet_types.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86DD
#define ETHERTYPE_VLAN 0x8100		/* 802.1Q */
#define ETHERTYPE_VLAN_SERVICE 0x88A8	/* 802.1ad, the outer tag of stacked VLANs */

#define PROTOCOL_TCP 6

/* IPv6 extension headers. */
#define IPV6_HOP_BY_HOP 0
#define IPV6_ROUTING 43
#define IPV6_FRAGMENT 44
#define IPV6_AUTHENTICATION 51
#define IPV6_DESTINATION 60

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_ACK 0x10

struct ethernet_header {
	__u8 destination[6];
	__u8 source[6];
	__be16 ethertype;
};

/* What follows the ethertype of a tagged frame. */
struct vlan_tag {
	__be16 control;
	__be16 ethertype;
};

struct ipv4_header {
	__u8 version_and_length;
	__u8 service;
	__be16 total_length;
	__be16 identification;
	__be16 fragment;
	__u8 time_to_live;
	__u8 protocol;
	__be16 checksum;
	__be32 source;
	__be32 destination;
};

struct ipv6_header {
	__be32 version_and_flow;
	__be16 payload_length;
	__u8 next_header;
	__u8 hop_limit;
	__be32 source[4];
	__be32 destination[4];
};

/* The beginning of every extension header; `length` counts 8 bytes beyond the first 8, but 4 in an authentication header. */
struct ipv6_extension {
	__u8 next_header;
	__u8 length;
	__be16 fragment;	/* in a fragment header: offset, and flags in the last three bits */
	__be32 identification;
};

struct tcp_header {
	__be16 source;
	__be16 destination;
	__be32 sequence;
	__be32 acknowledged;
	__u8 length;	/* in its upper four bits, in units of 4 bytes */
	__u8 flags;
	__be16 window;
	__be16 checksum;
	__be16 urgent;
};

_Static_assert(sizeof(struct ethernet_header) == 14, "Ethernet header");
_Static_assert(sizeof(struct ipv4_header) == 20, "IPv4 header without options");
_Static_assert(sizeof(struct ipv6_header) == 40, "IPv6 fixed header");
_Static_assert(sizeof(struct ipv6_extension) == 8, "IPv6 extension header's beginning");
_Static_assert(sizeof(struct tcp_header) == 20, "TCP header without options");

#endif

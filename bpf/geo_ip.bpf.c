// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * geo_ip: counts new TCP connections to some ports, per source address and port, as the packets come in. The services
 * behind the ports know nothing of it.
 *
 * A connection begins with a SYN without ACK. One that is sent again, because no answer came, is not counted again.
 *
 * Counts are kept in two maps that take turns: while the program counts in one, user space empties the other, so that
 * no count is lost between reading and removing. Both drop what was longest not used when they are full; what is
 * dropped before it was read is the difference between `requests` and the counts that were read.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"
#include "ebpfnet_packet.h"

/* Sizes before user space changes them. */
#define MAX_PORTS 1024
#define MAX_SOURCES 65536

/* Tags and IPv6 extension headers looked through: more are not seen outside of laboratories. */
#define MAX_VLAN_TAGS 4
#define MAX_EXTENSIONS 8

struct source {
	__u8 address[16];	/* as on the wire; IPv4 as ::ffff:a.b.c.d */
	__u16 port;		/* the service's, in host byte order */
	__u16 reserved;
};

/* What the SYNs of one attempt to connect have in common, but for their sequence number. */
struct attempt {
	__u8 source[16];
	__u8 destination[16];
	__be16 source_port;
	__be16 destination_port;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, MAX_PORTS);
	__type(key, __u16);	/* host byte order */
	__type(value, __u8);	/* nothing */
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_SOURCES);
	__type(key, struct source);
	__type(value, __u64);	/* connections */
} even_sources SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_SOURCES);
	__type(key, struct source);
	__type(value, __u64);
} odd_sources SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MAX_SOURCES);
	__type(key, struct attempt);
	__type(value, __be32);	/* the sequence number */
} attempts SEC(".maps");

/* Whose turn it is: 0 even, 1 odd. User space changes it. */
volatile __u32 turn;

/* Connections counted in each map's turns. */
__u64 even_requests, odd_requests;

/* SYNs that were sent again. */
__u64 repeated;

/* Attempts that were put into their map; those that are no longer there had to make room. */
__u64 attempts_seen;

static __always_inline void count(const struct source *source)
{
	__u64 one = 1, *requests;
	void *sources;

	if (turn) {
		sources = &odd_sources;
		__sync_fetch_and_add(&odd_requests, 1);
	} else {
		sources = &even_sources;
		__sync_fetch_and_add(&even_requests, 1);
	}
	requests = bpf_map_lookup_elem(sources, source);
	/* Another CPU may have added it in between: then it is there now. */
	if (!requests && bpf_map_update_elem(sources, source, &one, BPF_NOEXIST))
		requests = bpf_map_lookup_elem(sources, source);
	if (requests)
		__sync_fetch_and_add(requests, 1);
}

static __always_inline void look_at_tcp(struct __sk_buff *skb, __u32 at, struct attempt *attempt)
{
	struct tcp_header tcp;
	struct source source = {};
	__be32 *sequence;

	if (bpf_skb_load_bytes_relative(skb, at, &tcp, sizeof(tcp), BPF_HDR_START_NET))
		return;
	if ((tcp.flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) != TCP_SYN)
		return;
	source.port = bpf_ntohs(tcp.destination);
	if (!bpf_map_lookup_elem(&ports, &source.port))
		return;

	attempt->source_port = tcp.source;
	attempt->destination_port = tcp.destination;
	sequence = bpf_map_lookup_elem(&attempts, attempt);
	if (sequence && *sequence == tcp.sequence) {
		__sync_fetch_and_add(&repeated, 1);
		return;
	}
	if (!bpf_map_update_elem(&attempts, attempt, &tcp.sequence, BPF_NOEXIST))
		__sync_fetch_and_add(&attempts_seen, 1);
	else
		bpf_map_update_elem(&attempts, attempt, &tcp.sequence, BPF_ANY);

	__builtin_memcpy(source.address, attempt->source, sizeof(source.address));
	count(&source);
}

static __always_inline void map_ipv4(__u8 address[16], __be32 ipv4)
{
	address[10] = 0xff;
	address[11] = 0xff;
	__builtin_memcpy(address + 12, &ipv4, sizeof(ipv4));
}

static __always_inline void look_at_ipv4(struct __sk_buff *skb, __u32 at)
{
	struct attempt attempt = {};
	struct ipv4_header ip;

	if (bpf_skb_load_bytes_relative(skb, at, &ip, sizeof(ip), BPF_HDR_START_NET))
		return;
	/* Only the first fragment has the TCP header. */
	if (ip.protocol != PROTOCOL_TCP || (ip.fragment & bpf_htons(0x1fff)))
		return;
	map_ipv4(attempt.source, ip.source);
	map_ipv4(attempt.destination, ip.destination);
	look_at_tcp(skb, at + (ip.version_and_length & 0xf) * 4, &attempt);
}

static __always_inline void look_at_ipv6(struct __sk_buff *skb, __u32 at)
{
	struct attempt attempt = {};
	struct ipv6_extension extension;
	struct ipv6_header ip;
	__u8 next;

	if (bpf_skb_load_bytes_relative(skb, at, &ip, sizeof(ip), BPF_HDR_START_NET))
		return;
	next = ip.next_header;
	at += sizeof(ip);
	for (int i = 0; i < MAX_EXTENSIONS && next != PROTOCOL_TCP; i++) {
		if (bpf_skb_load_bytes_relative(skb, at, &extension, sizeof(extension), BPF_HDR_START_NET))
			return;
		switch (next) {
		case IPV6_HOP_BY_HOP:
		case IPV6_ROUTING:
		case IPV6_DESTINATION:
			at += (extension.length + 1) * 8;
			break;
		case IPV6_AUTHENTICATION:
			at += (extension.length + 2) * 4;
			break;
		case IPV6_FRAGMENT:
			if (extension.fragment & bpf_htons(0xfff8))
				return;
			at += sizeof(extension);
			break;
		default:
			return;
		}
		next = extension.next_header;
	}
	if (next != PROTOCOL_TCP)
		return;
	__builtin_memcpy(attempt.source, ip.source, sizeof(attempt.source));
	__builtin_memcpy(attempt.destination, ip.destination, sizeof(attempt.destination));
	look_at_tcp(skb, at, &attempt);
}

SEC("tc")
int geo_ip(struct __sk_buff *skb)
{
	/* From the network header on: some interfaces, tunnels for example, have no Ethernet header. */
	__u32 protocol = skb->protocol, at = 0;
	struct vlan_tag tag;

	if (skb->pkt_type == PACKET_OTHERHOST)
		return TC_ACT_UNSPEC;
	/* The kernel has taken the outer tag away already; stacked ones are still there. */
	for (int i = 0; i < MAX_VLAN_TAGS; i++) {
		if (protocol != bpf_htons(ETHERTYPE_VLAN) && protocol != bpf_htons(ETHERTYPE_VLAN_SERVICE))
			break;
		if (bpf_skb_load_bytes_relative(skb, at, &tag, sizeof(tag), BPF_HDR_START_NET))
			return TC_ACT_UNSPEC;
		protocol = tag.ethertype;
		at += sizeof(tag);
	}
	if (protocol == bpf_htons(ETHERTYPE_IPV4))
		look_at_ipv4(skb, at);
	else if (protocol == bpf_htons(ETHERTYPE_IPV6))
		look_at_ipv6(skb, at);
	return TC_ACT_UNSPEC;	/* what happens to the packet is not this program's to say */
}

char _license[] SEC("license") = "Dual MIT/GPL";

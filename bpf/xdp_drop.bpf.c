// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * xdp_drop: drops packets whose source address is on a blocklist, before the kernel spends anything on them.
 *
 * A rule is one address or one prefix, IPv4 or IPv6, with an id. The id is the index of the rule's counters.
 * User space adds and removes rules while the program runs.
 *
 * Single addresses are in hash maps and prefixes in tries, because a blocklist is mostly single addresses: a
 * hash finds one of a million as fast as one of ten, a trie walks about one node per bit in which they differ.
 * The hash is asked first; a full-length match is the longest there can be, so the longest match still wins.
 * A trie without entries answers at once: who has no prefixes pays nothing for them.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"
#include "ebpfnet_packet.h"

/* Tags looked through; frames with more are passed and counted as not IP. */
#define MAX_VLAN_TAGS 4

/* Sizes before user space changes them; counters need room for the rules of all four maps. */
#define DEFAULT_RULES 16384

/* Ids below XDP_DROP_FIRST_RULE count packets that no rule matched. */
enum xdp_drop_counter {
	XDP_DROP_PASSED = 0,	/* IP, from an address that no rule covers */
	XDP_DROP_NOT_IP = 1,	/* neither IPv4 nor IPv6 */
	XDP_DROP_TRUNCATED = 2,	/* ends before the source address */
	XDP_DROP_FIRST_RULE = 3,
};

struct xdp_drop_counters {
	__u64 packets;
	__u64 bytes;	/* whole frames, Ethernet header included */
};

struct xdp_drop_rule {
	__u32 id;
};

/* Keys of the tries: the kernel wants the length in bits first (host byte order), then the address. */
struct xdp_drop_ipv4_prefix {
	__u32 length;
	struct ipv4_address address;
};

struct xdp_drop_ipv6_prefix {
	__u32 length;
	struct ipv6_address address;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);	/* memory for the rules there are, not for all there could be */
	__uint(max_entries, DEFAULT_RULES);
	__type(key, struct ipv4_address);
	__type(value, struct xdp_drop_rule);
} ipv4_addresses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);	/* the kernel knows no other kind of trie */
	__uint(max_entries, DEFAULT_RULES);
	__type(key, struct xdp_drop_ipv4_prefix);
	__type(value, struct xdp_drop_rule);
} ipv4_prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DEFAULT_RULES);
	__type(key, struct ipv6_address);
	__type(value, struct xdp_drop_rule);
} ipv6_addresses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DEFAULT_RULES);
	__type(key, struct xdp_drop_ipv6_prefix);
	__type(value, struct xdp_drop_rule);
} ipv6_prefixes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);	/* each CPU counts for itself: no atomics, no shared cache lines */
	__uint(max_entries, XDP_DROP_FIRST_RULE + DEFAULT_RULES);
	__type(key, __u32);
	__type(value, struct xdp_drop_counters);
} counters SEC(".maps");

static __always_inline int count_and(int action, struct xdp_md *ctx, __u32 id)
{
	struct xdp_drop_counters *mine = bpf_map_lookup_elem(&counters, &id);

	if (mine) {
		mine->packets++;
		mine->bytes += ctx->data_end - ctx->data;
	}
	return action;
}

static __always_inline int decide(struct xdp_md *ctx, const struct xdp_drop_rule *rule)
{
	if (rule)
		return count_and(XDP_DROP, ctx, rule->id);
	return count_and(XDP_PASS, ctx, XDP_DROP_PASSED);
}

static __always_inline int filter_ipv4(struct xdp_md *ctx, const void *header, const void *end)
{
	const struct ipv4_header *ip = header;
	struct xdp_drop_rule *rule;

	if ((const void *)(ip + 1) > end)
		return count_and(XDP_PASS, ctx, XDP_DROP_TRUNCATED);
	rule = bpf_map_lookup_elem(&ipv4_addresses, &ip->source);
	if (!rule) {
		struct xdp_drop_ipv4_prefix key = { .length = 32, .address = ip->source };

		rule = bpf_map_lookup_elem(&ipv4_prefixes, &key);
	}
	return decide(ctx, rule);
}

static __always_inline int filter_ipv6(struct xdp_md *ctx, const void *header, const void *end)
{
	const struct ipv6_header *ip = header;
	struct xdp_drop_rule *rule;

	if ((const void *)(ip + 1) > end)
		return count_and(XDP_PASS, ctx, XDP_DROP_TRUNCATED);
	rule = bpf_map_lookup_elem(&ipv6_addresses, &ip->source);
	if (!rule) {
		struct xdp_drop_ipv6_prefix key = { .length = 128, .address = ip->source };

		rule = bpf_map_lookup_elem(&ipv6_prefixes, &key);
	}
	return decide(ctx, rule);
}

SEC("xdp")
int xdp_drop(struct xdp_md *ctx)
{
	const void *data = xdp_data(ctx);
	const void *end = xdp_data_end(ctx);
	const struct ethernet_header *ethernet = data;
	const struct vlan_tag *next;
	__be16 ethertype;

	if ((const void *)(ethernet + 1) > end)
		return count_and(XDP_PASS, ctx, XDP_DROP_TRUNCATED);
	ethertype = ethernet->ethertype;
	next = (const void *)(ethernet + 1);

#pragma unroll
	for (int i = 0; i < MAX_VLAN_TAGS; i++) {
		if (ethertype != bpf_htons(ETHERTYPE_VLAN) && ethertype != bpf_htons(ETHERTYPE_VLAN_SERVICE))
			break;
		if ((const void *)(next + 1) > end)
			return count_and(XDP_PASS, ctx, XDP_DROP_TRUNCATED);
		ethertype = next->ethertype;
		next++;
	}

	if (ethertype == bpf_htons(ETHERTYPE_IPV4))
		return filter_ipv4(ctx, next, end);
	if (ethertype == bpf_htons(ETHERTYPE_IPV6))
		return filter_ipv6(ctx, next, end);
	return count_and(XDP_PASS, ctx, XDP_DROP_NOT_IP);
}

char _license[] SEC("license") = "Dual MIT/GPL";

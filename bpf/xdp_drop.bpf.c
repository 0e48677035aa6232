// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * xdp_drop: drops packets whose source address is on a blocklist, before the kernel spends anything on them.
 *
 * A rule is one address or one prefix, IPv4 or IPv6, with an id: the index of the rule's counters. User space adds
 * and removes rules while the program runs. The longest rule that covers an address is the one that counts.
 *
 * The rules of a family are in one hash map, under netmask and network. To find the longest match it is asked once
 * for each prefix length that could match, longest first. Which lengths those are stands in a table of sets of
 * lengths, found by hashing the leading bits of the address: 24 bits for the lengths 24 to 32, and so on. For most of
 * the internet the sets are empty, and a packet passes without a lookup; for a blocked address there is mostly one.
 * That is quicker than the kernel's LPM trie, which walks a node per differing bit for every packet, and does not
 * grow slower with the number of rules.
 *
 * User space keeps the sets in step with the rules. A length too many costs a lookup in vain, a length too few hides
 * rules: so a rule is added before its length, and a length removed after the last rule that has it.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"
#include "ebpfnet_packet.h"

/* Tags looked through; frames with more are passed and counted as not IP. */
#define MAX_VLAN_TAGS 4

/* Sizes before user space changes them; `counters` needs room for the rules of both families. */
#define DEFAULT_RULES 16384

/* Slots of each table of lengths. */
#define SLOT_BITS 16
#define SLOTS (1 << SLOT_BITS)

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

/*
 * Keys of the rules, in host byte order: 192.0.2.0/24 is { 0xffffff00, 0xc0000200 }. IPv6 prefixes of at most 64 bits
 * are kept apart from the longer ones, because a shorter key is hashed in less time.
 */
struct xdp_drop_ipv4_rule {
	__u32 mask;
	__u32 network;
};

struct xdp_drop_ipv6_rule {
	__u64 mask;
	__u64 network;
};

struct xdp_drop_ipv6_long_rule {
	__u64 mask_low;
	__u64 network_high;
	__u64 network_low;
};

/*
 * A set of IPv4 lengths is a number, in which bit b stands for length 32 - b. The lowest bit is then the longest
 * length, and negated it is the netmask. Which slot of the table a length is in:
 *	0 to 11		hash of the first 8 bits of the address
 *	12 to 15	hash of the first 12 bits
 *	16 to 19	hash of the first 16 bits
 *	20 to 23	hash of the first 20 bits
 *	24 to 32	hash of the first 24 bits
 * A rule that is shorter than the bits hashed has its length in the slots of all networks of that many bits in it.
 */
#define IPV4_LENGTHS(from, to) (((1ull << ((to) - (from) + 1)) - 1) << (32 - (to)))

/*
 * A set of IPv6 lengths: bit b of `up_to_64` stands for length 64 - b, bit b of `above_64` for length 128 - b.
 *	0		hash of the first 12 bits of the address, bit 0 of `above_64`
 *	1 to 19		hash of the first 12 bits
 *	20 to 28	hash of the first 20 bits
 *	29 to 31	hash of the first 29 bits
 *	32 to 47	hash of the first 32 bits
 *	48 to 63	hash of the first 48 bits
 *	64 to 128	hash of the first 64 bits
 */
struct xdp_drop_ipv6_lengths {
	__u64 up_to_64;
	__u64 above_64;
};

#define IPV6_LENGTHS(from, to) (((1ull << ((to) - (from) + 1)) - 1) << (64 - (to)))

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);	/* memory for the rules there are, not for all there could be */
	__uint(max_entries, DEFAULT_RULES);
	__type(key, struct xdp_drop_ipv4_rule);
	__type(value, struct xdp_drop_rule);
} ipv4_rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__type(value, __u64);
} ipv4_lengths SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DEFAULT_RULES);
	__type(key, struct xdp_drop_ipv6_rule);
	__type(value, struct xdp_drop_rule);
} ipv6_rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DEFAULT_RULES);
	__type(key, struct xdp_drop_ipv6_long_rule);
	__type(value, struct xdp_drop_rule);
} ipv6_long_rules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SLOTS);
	__type(key, __u32);
	__type(value, struct xdp_drop_ipv6_lengths);
} ipv6_lengths SEC(".maps");

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

/* Multiplying by a large odd number mixes into the upper bits, which are the slot. */
static __always_inline __u64 ipv4_lengths_in(__u32 leading_bits, __u64 wanted)
{
	__u32 slot = leading_bits * 0x9e3779b9u >> (32 - SLOT_BITS);
	__u64 *lengths = bpf_map_lookup_elem(&ipv4_lengths, &slot);

	return lengths ? *lengths & wanted : 0;
}

static __always_inline struct xdp_drop_rule *find_ipv4(__u32 address)
{
	__u64 lengths = ipv4_lengths_in(address & 0xff000000, IPV4_LENGTHS(0, 11)) |
			ipv4_lengths_in(address & 0xfff00000, IPV4_LENGTHS(12, 15)) |
			ipv4_lengths_in(address & 0xffff0000, IPV4_LENGTHS(16, 19)) |
			ipv4_lengths_in(address & 0xfffff000, IPV4_LENGTHS(20, 23)) |
			ipv4_lengths_in(address & 0xffffff00, IPV4_LENGTHS(24, 32));

	/* The bound is what the verifier needs to see that it ends. */
	for (int i = 0; i < 33 && lengths; i++) {
		__u32 mask = -(lengths & -lengths);
		struct xdp_drop_ipv4_rule key = { .mask = mask, .network = address & mask };
		struct xdp_drop_rule *rule = bpf_map_lookup_elem(&ipv4_rules, &key);

		if (rule)
			return rule;
		lengths &= lengths - 1;
	}
	return NULL;
}

static __always_inline struct xdp_drop_ipv6_lengths *ipv6_lengths_in(__u64 leading_bits)
{
	__u32 slot = leading_bits * 0x9e3779b97f4a7c15ull >> (64 - SLOT_BITS);

	return bpf_map_lookup_elem(&ipv6_lengths, &slot);
}

static __always_inline struct xdp_drop_rule *find_ipv6_long(__u64 lengths, __u64 high, __u64 low)
{
	for (int i = 0; i < 64 && lengths; i++) {
		__u64 mask = -(lengths & -lengths);
		struct xdp_drop_ipv6_long_rule key = { .mask_low = mask, .network_high = high, .network_low = low & mask };
		struct xdp_drop_rule *rule = bpf_map_lookup_elem(&ipv6_long_rules, &key);

		if (rule)
			return rule;
		lengths &= lengths - 1;
	}
	return NULL;
}

static __always_inline struct xdp_drop_rule *find_ipv6_up_to_64(__u64 lengths, __u64 high)
{
	for (int i = 0; i < 64 && lengths; i++) {
		__u64 mask = -(lengths & -lengths);
		struct xdp_drop_ipv6_rule key = { .mask = mask, .network = high & mask };
		struct xdp_drop_rule *rule = bpf_map_lookup_elem(&ipv6_rules, &key);

		if (rule)
			return rule;
		lengths &= lengths - 1;
	}
	return NULL;
}

static __always_inline struct xdp_drop_rule *find_ipv6(__u64 high, __u64 low)
{
	struct xdp_drop_ipv6_lengths *by_12 = ipv6_lengths_in(high & 0xfff0000000000000);
	struct xdp_drop_ipv6_lengths *by_20 = ipv6_lengths_in(high & 0xfffff00000000000);
	struct xdp_drop_ipv6_lengths *by_29 = ipv6_lengths_in(high & 0xfffffff800000000);
	struct xdp_drop_ipv6_lengths *by_32 = ipv6_lengths_in(high & 0xffffffff00000000);
	struct xdp_drop_ipv6_lengths *by_48 = ipv6_lengths_in(high & 0xffffffffffff0000);
	struct xdp_drop_ipv6_lengths *by_64 = ipv6_lengths_in(high);
	struct xdp_drop_ipv6_rule all = { .mask = 0, .network = 0 };
	struct xdp_drop_rule *rule;

	if (!by_12 || !by_20 || !by_29 || !by_32 || !by_48 || !by_64)
		return NULL;
	rule = find_ipv6_long(by_64->above_64, high, low);
	if (rule)
		return rule;
	rule = find_ipv6_up_to_64((by_64->up_to_64 & IPV6_LENGTHS(64, 64)) | (by_48->up_to_64 & IPV6_LENGTHS(48, 63)) |
				  (by_32->up_to_64 & IPV6_LENGTHS(32, 47)) | (by_29->up_to_64 & IPV6_LENGTHS(29, 31)) |
				  (by_20->up_to_64 & IPV6_LENGTHS(20, 28)) | (by_12->up_to_64 & IPV6_LENGTHS(1, 19)), high);
	if (rule || !(by_12->above_64 & 1))
		return rule;
	return bpf_map_lookup_elem(&ipv6_rules, &all);
}

static __always_inline int filter_ipv4(struct xdp_md *ctx, const void *header, const void *end)
{
	const struct ipv4_header *ip = header;

	if ((const void *)(ip + 1) > end)
		return count_and(XDP_PASS, ctx, XDP_DROP_TRUNCATED);
	return decide(ctx, find_ipv4(bpf_ntohl(ip->source)));
}

static __always_inline int filter_ipv6(struct xdp_md *ctx, const void *header, const void *end)
{
	const struct ipv6_header *ip = header;
	const __be32 *source = ip->source;

	if ((const void *)(ip + 1) > end)
		return count_and(XDP_PASS, ctx, XDP_DROP_TRUNCATED);
	return decide(ctx, find_ipv6((__u64)bpf_ntohl(source[0]) << 32 | bpf_ntohl(source[1]),
				     (__u64)bpf_ntohl(source[2]) << 32 | bpf_ntohl(source[3])));
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

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * A map of maps and a program array that start empty and that user space fills while programs use them.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

struct counter {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct counter);
} counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 4);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} jumps SEC(".maps");

/* Counts one in the map under key 7; 1 if that was possible. */
SEC("xdp")
int count(struct xdp_md *ctx)
{
	__u32 key = 7, first = 0;
	void *counter = bpf_map_lookup_elem(&counters, &key);
	__u64 *value;

	if (!counter)
		return 0;
	value = bpf_map_lookup_elem(counter, &first);
	if (!value)
		return 0;
	__sync_fetch_and_add(value, 1);
	return 1;
}

/* What the program at index 2 returns; 1 when there is none. */
SEC("xdp")
int jump(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &jumps, 2);
	return 1;
}

SEC("xdp")
int ten(struct xdp_md *ctx)
{
	return 10;
}

SEC("xdp")
int twenty(struct xdp_md *ctx)
{
	return 20;
}

char _license[] SEC("license") = "Dual MIT/GPL";

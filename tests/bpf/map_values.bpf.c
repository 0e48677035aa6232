// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Maps that say more than type and sizes: pinning, flags, map_extra beyond 32 bits, a NUMA node, the definition of
 * inner maps, and what maps of maps and program arrays hold from the start.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define __ulong(name, number) enum { name##_value = number } name

struct inner {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, __u64);
};

struct inner inner_first SEC(".maps"), inner_second SEC(".maps");

/* Slots 0 and 2 are filled, slot 1 is left empty. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 4);
	__type(key, __u32);
	__array(values, struct inner);
} outer SEC(".maps") = {
	.values = { [0] = &inner_first, [2] = &inner_second },
};

int tail_call(struct xdp_md *ctx);

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 2);
	__uint(key_size, sizeof(__u32));
	__array(values, int(struct xdp_md *));
} jumps SEC(".maps") = {
	.values = { [1] = (void *)&tail_call },
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC | 4);
	__uint(numa_node, 1);
	__uint(pinning, 1);
	__type(key, __u32);
	__type(value, __u32);
} pinned SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__ulong(map_extra, 0x100000002);
	__type(key, __u32);
	__type(value, __u32);
} extra SEC(".maps");

/* 42 */
SEC("xdp")
int tail_call(struct xdp_md *ctx)
{
	return 42;
}

/* Whatever slot 1 of the program array returns, or 1 when the jump is not made. */
SEC("xdp")
int jump(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &jumps, 1);
	return 1;
}

char _license[] SEC("license") = "Dual MIT/GPL";

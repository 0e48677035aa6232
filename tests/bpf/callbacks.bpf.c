// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Functions reached only through a pointer that a helper is given: no call instruction names them, a relocated
 * 64-bit load does. Needs Linux 5.17 (bpf_loop). Each program returns the number in its comment.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

struct sum {
	__u64 total;
	__u32 calls;
};

static __noinline __u64 square(__u64 x)
{
	asm volatile("" : "+r"(x));
	return x * x;
}

static long add_index(__u32 index, void *context)
{
	struct sum *sum = context;

	sum->total += index;
	sum->calls++;
	return 0;
}

/* A callback that itself calls a subprogram. */
static long add_square(__u32 index, void *context)
{
	struct sum *sum = context;

	sum->total += square(index);
	return 0;
}

static long add_element(void *map, const void *key, void *value, void *context)
{
	struct sum *sum = context;

	sum->total += *(__u64 *)value;
	sum->calls++;
	return 0;
}

/* A callback that starts a loop of its own. */
static long add_indexes(__u32 index, void *context)
{
	bpf_loop(3, add_index, context, 0);
	return 0;
}

/* 0 + 1 + ... + 9 = 45 */
SEC("xdp")
int loop(struct xdp_md *ctx)
{
	struct sum sum = {};

	bpf_loop(10, add_index, &sum, 0);
	return sum.total;
}

/* 0 + 1 + 4 + 9 = 14 */
SEC("xdp")
int loop_with_subprogram(struct xdp_md *ctx)
{
	struct sum sum = {};

	bpf_loop(4, add_square, &sum, 0);
	return sum.total;
}

/* 5 * (0 + 1 + 2) = 15 */
SEC("xdp")
int nested_loop(struct xdp_md *ctx)
{
	struct sum sum = {};

	bpf_loop(5, add_indexes, &sum, 0);
	return sum.total;
}

/* The sum of what user space put into `numbers`, plus 100 for each element. */
SEC("xdp")
int for_each_element(struct xdp_md *ctx)
{
	struct sum sum = {};

	bpf_for_each_map_elem(&numbers, add_element, &sum, 0);
	return sum.total + 100 * sum.calls;
}

/* One callback used twice, another once: 45 + 3 + 14 = 62 */
SEC("xdp")
int several_loops(struct xdp_md *ctx)
{
	struct sum sum = {};

	bpf_loop(10, add_index, &sum, 0);
	bpf_loop(3, add_index, &sum, 0);
	bpf_loop(4, add_square, &sum, 0);
	return sum.total;
}

char _license[] SEC("license") = "Dual MIT/GPL";

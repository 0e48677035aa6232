// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * One of two sources that a static linker makes one object of: static functions and variables of the same names in both,
 * weak ones here that lose to strong ones there, and what is only declared here.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

static volatile __u32 counter = 1;
static volatile __u32 other;
static const volatile __u32 limit = 10;

static __noinline int helper(int x)
{
	asm volatile("" : "+r"(x));
	counter += x;
	return counter + limit;
}

__weak __noinline int pick(void)
{
	int r = 1;

	asm volatile("" : "+r"(r));
	return r;
}
__weak __u32 value = 1;

__weak struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} shared SEC(".maps");

extern __u32 far;
int distant(int x);

SEC("xdp")
int first(struct xdp_md *ctx)
{
	other++;
	return helper(1);
}

SEC("xdp")
int chosen(struct xdp_md *ctx)
{
	__u32 k = 0;

	return bpf_map_lookup_elem(&shared, &k) ? pick() + value + far + distant(3) : 0;
}

SEC("xdp")
__weak int winner(struct xdp_md *ctx)
{
	return 1;
}

char _license[] SEC("license") = "GPL";

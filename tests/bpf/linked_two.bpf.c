// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * The other source beside linked_one.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

static volatile __u32 counter = 2;
static volatile __u32 other;
static const volatile __u32 limit = 20;
__u32 far = 100;

static __noinline int helper(int x)
{
	asm volatile("" : "+r"(x));
	counter += x * 2;
	return counter + limit;
}

__noinline int pick(void)
{
	int r = 7;

	asm volatile("" : "+r"(r));
	return r;
}

__noinline int distant(int x)
{
	asm volatile("" : "+r"(x));
	return x * 1000;
}
__u32 value = 50;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} shared SEC(".maps");

SEC("xdp")
int second(struct xdp_md *ctx)
{
	other++;
	return helper(2);
}

SEC("xdp")
int winner(struct xdp_md *ctx)
{
	return 2;
}

char _license[] SEC("license") = "GPL";

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Static functions in program sections: programs, unless something refers to them. libbpf takes no such object. Each returns the number in its comment.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define __used __attribute__((used))

SEC("xdp")
int global_program(struct xdp_md *ctx) /* 1 */
{
	return 1;
}

SEC("xdp")
static __used int static_program(struct xdp_md *ctx) /* 2 */
{
	return 2;
}

SEC("?tc")
static __used int optional_static(struct __sk_buff *ctx) /* 3 */
{
	return 3;
}

SEC("xdp")
static __noinline int called(struct xdp_md *ctx)
{
	asm volatile("");
	return 4;
}

SEC("xdp")
int calls_a_static(struct xdp_md *ctx) /* 5 */
{
	return called(ctx) + 1;
}

SEC("library")
static __used int of_no_kind(struct xdp_md *ctx)
{
	return 6;
}

static __used int in_text(struct xdp_md *ctx)
{
	return 7;
}

char _license[] SEC("license") = "Dual MIT/GPL";

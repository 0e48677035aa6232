// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * A program with functions that other programs replace, or watch: `replaceable` returns 1, so that the program does; 2 once `replacement` is attached. What watches counts in `entered` and `left`.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

__u64 entered, left;

__noinline int replaceable(struct xdp_md *ctx)
{
	volatile int result = 1;

	return ctx ? result : 0;
}

SEC("xdp")
int target(struct xdp_md *ctx)
{
	return replaceable(ctx);
}

SEC("?freplace/replaceable")
int replacement(struct xdp_md *ctx)
{
	return ctx ? 2 : 0;
}

SEC("?freplace")
int replacement_of_anything(struct xdp_md *ctx)
{
	return 3;
}

SEC("?fentry/replaceable")
int on_entry(__u64 *ctx)
{
	__sync_fetch_and_add(&entered, 1);
	return 0;
}

SEC("?fexit/target")
int on_exit(__u64 *ctx)
{
	__sync_fetch_and_add(&left, 1);
	return 0;
}

SEC("?usdt/libc.so.6:libc:setjmp")
int on_probe(void *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Global functions that are given the context, under another type than its own: only a tag says so, which kernels know since Linux 6.8. Each tc and XDP program returns 4 more than the number
 * in its context.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define __context __attribute__((btf_decl_tag("arg:ctx")))

/* For programs of several kinds, so that no type would do. */
__noinline int four(void *ctx __context)
{
	volatile int result = 4;

	return ctx ? result : 0;
}

__noinline int with_number(int number, void *ctx __context)
{
	return number + four(ctx);
}

SEC("tc")
int of_tc(struct __sk_buff *ctx)
{
	return with_number(ctx->mark, ctx);
}

SEC("xdp")
int of_xdp(struct xdp_md *ctx)
{
	return with_number(ctx->rx_queue_index, ctx);
}

SEC("kprobe/tcp_close")
int of_kprobe(void *ctx)
{
	return four(ctx);
}

SEC("perf_event")
int of_perf_event(void *ctx)
{
	return four(ctx);
}

SEC("raw_tp/sys_enter")
int of_raw_tracepoint(void *ctx)
{
	return four(ctx);
}

SEC("sk_lookup")
int of_sk_lookup(void *ctx)
{
	return four(ctx) == 4;
}

char _license[] SEC("license") = "GPL";

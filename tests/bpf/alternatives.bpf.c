// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Programs that do the same in different ways, of which kernels may not have all; and some that no kernel takes.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

SEC("?fentry/tcp_close")
int at_function(__u64 *ctx)
{
	return 0;
}

SEC("?tp_btf/tcp_destroy_sock")
int at_tracepoint(__u64 *ctx)
{
	return 0;
}

SEC("?fentry/ebpfnet_no_such_function")
int at_missing_function(__u64 *ctx)
{
	return 0;
}

SEC("?tp_btf/ebpfnet_no_such_tracepoint")
int at_missing_tracepoint(__u64 *ctx)
{
	return 0;
}

SEC("?xdp")
int reads_too_far(struct xdp_md *ctx)
{
	__u8 *data = xdp_data(ctx);

	return data[12];
}

SEC("?xdp")
int passes(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("?fentry")
int at_nothing(__u64 *ctx)
{
	return 0;
}

char _license[] SEC("license") = "GPL";

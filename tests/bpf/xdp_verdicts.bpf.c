// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * The smallest XDP programs, one per verdict, to attach and to tell apart. `pass_frags` accepts multi-buffer frames.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

SEC("xdp")
int verdict_pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp")
int verdict_drop(struct xdp_md *ctx)
{
	return XDP_DROP;
}

SEC("xdp")
int verdict_tx(struct xdp_md *ctx)
{
	return XDP_TX;
}

SEC("xdp")
int verdict_aborted(struct xdp_md *ctx)
{
	return XDP_ABORTED;
}

SEC("xdp.frags")
int pass_frags(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * A leading `?` means: not loaded unless asked for. `broken` proves it, the verifier would refuse it.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

SEC("xdp")
int always(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("?xdp")
int on_request(struct xdp_md *ctx)
{
	return XDP_DROP;
}

SEC("?xdp")
int broken(struct xdp_md *ctx)
{
	return *(__u8 *)xdp_data(ctx);
}

char _license[] SEC("license") = "Dual MIT/GPL";

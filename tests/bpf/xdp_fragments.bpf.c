// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * XDP programs that see packets of more than a page, in fragments.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

EBPFNET_HELPER(188, __u64, bpf_xdp_get_buff_len, struct xdp_md *ctx);
EBPFNET_HELPER(189, long, bpf_xdp_load_bytes, struct xdp_md *ctx, __u32 offset, void *to, __u32 length);

__u64 seen;		/* packets of more than a page */
__u64 length;		/* of the last of them */
__u64 linear;		/* how much of it was not in fragments */
__u32 last_byte;

SEC("xdp.frags")
int measure(struct xdp_md *ctx)
{
	__u64 whole = bpf_xdp_get_buff_len(ctx);
	__u8 byte = 0;

	if (whole <= 4096)
		return XDP_PASS;
	__sync_fetch_and_add(&seen, 1);
	length = whole;
	linear = xdp_data_end(ctx) - xdp_data(ctx);
	if (!bpf_xdp_load_bytes(ctx, whole - 1, &byte, sizeof(byte)))
		last_byte = byte;
	return XDP_PASS;
}

SEC("xdp")
int without_fragments(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";

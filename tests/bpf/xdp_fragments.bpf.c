// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * XDP programs that see packets of more than a page, in fragments.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

EBPFNET_HELPER(51, long, bpf_redirect_map, void *map, __u64 key, __u64 flags);
EBPFNET_HELPER(188, __u64, bpf_xdp_get_buff_len, struct xdp_md *ctx);
EBPFNET_HELPER(189, long, bpf_xdp_load_bytes, struct xdp_md *ctx, __u32 offset, void *to, __u32 length);

/* struct bpf_devmap_val, struct bpf_cpumap_val */
struct place {
	__u32 place;
	__u32 program;
};

/* By the index of the interface that a packet comes from. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct place);
} devices SEC(".maps");

/* As many as the machine has. */
struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__type(key, __u32);
	__type(value, struct place);
} cpus SEC(".maps");

__u64 seen;		/* packets of more than a page */
__u64 length;		/* of the last of them */
__u64 linear;		/* how much of it was not in fragments */
__u32 last_byte;

static int look_at(struct xdp_md *ctx)
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

SEC("xdp.frags")
int measure(struct xdp_md *ctx)
{
	return look_at(ctx);
}

SEC("xdp.frags")
int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp.frags")
int forward(struct xdp_md *ctx)
{
	return bpf_redirect_map(&devices, ctx->ingress_ifindex, XDP_ABORTED);
}

SEC("xdp.frags/devmap")
int leaving(struct xdp_md *ctx)
{
	return look_at(ctx);
}

SEC("xdp.frags")
int to_cpu(struct xdp_md *ctx)
{
	return bpf_redirect_map(&cpus, 0, XDP_ABORTED);
}

SEC("xdp.frags/cpumap")
int arriving(struct xdp_md *ctx)
{
	return look_at(ctx);
}

SEC("xdp")
int without_fragments(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";

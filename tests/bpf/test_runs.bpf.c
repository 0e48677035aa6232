// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Programs that are run with BPF_PROG_TEST_RUN and a context: each says what it saw of it, and changes what it may.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

EBPFNET_HELPER(9, long, store_bytes, void *skb, __u32 offset, const void *from, __u32 length, __u64 flags);
EBPFNET_HELPER(44, long, adjust_head, void *xdp, int delta);

/* The kernel's struct __sk_buff as far as it is looked at here. */
struct packet {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
	__u32 queue_mapping;
	__u32 protocol;
	__u32 vlan_present;
	__u32 vlan_tci;
	__u32 vlan_proto;
	__u32 priority;
	__u32 ingress_ifindex;
	__u32 ifindex;
	__u32 tc_index;
	__u32 cb[5];
};

__u64 sum_of_arguments;
__u32 live_frames;

/* Returns the length; mark becomes twice itself, cb[2] priority plus cb[1]. */
SEC("tc")
int change_context(struct packet *skb)
{
	skb->mark *= 2;
	skb->cb[2] = skb->priority + skb->cb[1];
	return skb->len;
}

SEC("tc")
int keep_checksum(struct packet *skb)
{
	__u8 byte = 0xee;

	return store_bytes(skb, 20, &byte, sizeof(byte), 1 /* BPF_F_RECOMPUTE_CSUM */) ? 1 : 0;
}

SEC("tc")
int break_checksum(struct packet *skb)
{
	__u8 byte = 0xee;

	return store_bytes(skb, 20, &byte, sizeof(byte), 0) ? 1 : 0;
}

/* Returns the length of the metadata times 1000 plus the interface, and cuts 4 bytes off the packet's start. */
SEC("xdp")
int see_interface(struct xdp_md *ctx)
{
	__u32 metadata = ctx->data - ctx->data_meta;
	__u32 interface = ctx->ingress_ifindex;

	if (adjust_head(ctx, 4))
		return 0;
	return metadata * 1000 + interface;
}

SEC("xdp")
int count_live(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&live_frames, 1);
	return XDP_PASS;
}

struct raw_arguments {
	__u64 args[2];
};

SEC("raw_tp/sys_enter")
int sum_arguments(struct raw_arguments *ctx)
{
	sum_of_arguments += ctx->args[0] + ctx->args[1];
	return 5;
}

char _license[] SEC("license") = "Dual MIT/GPL";

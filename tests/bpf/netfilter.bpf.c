// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Netfilter: counts packets, and drops them if it is told to.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define NF_DROP 0
#define NF_ACCEPT 1

struct bpf_nf_ctx;

__u64 seen;
__u32 drops;

SEC("netfilter")
int count(struct bpf_nf_ctx *ctx)
{
	__sync_fetch_and_add(&seen, 1);
	return drops ? NF_DROP : NF_ACCEPT;
}

char _license[] SEC("license") = "Dual MIT/GPL";

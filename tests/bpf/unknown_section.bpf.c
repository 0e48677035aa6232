// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Beside an ordinary program, functions in sections that name no program type. They parse, and load once a user has
 * said what they are; with their type unknown they are refused, by name.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

SEC("xdp")
int known(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("my_company/filter")
int unknown(void *ctx)
{
	return 7;
}

/* Close to a known name, and yet not one. */
SEC("xdp_almost")
int almost(void *ctx)
{
	return 8;
}

char _license[] SEC("license") = "Dual MIT/GPL";

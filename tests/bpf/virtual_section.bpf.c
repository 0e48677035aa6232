// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Kernel variables of many sizes that no kernel has: the loader lays out the section that their types are in.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define __ksym __attribute__((section(".ksyms")))

extern const __u32 ebpfnet_four __ksym __weak;
extern const __u8 ebpfnet_one __ksym __weak;
extern const _Bool ebpfnet_bool __ksym __weak;
extern const __u16 ebpfnet_two __ksym __weak;
extern const __int128 ebpfnet_sixteen __ksym __weak;
extern const __u64 ebpfnet_eight __ksym __weak;

/* How many of them there are. */
SEC("xdp")
int count(struct xdp_md *ctx)
{
	return !!&ebpfnet_four + !!&ebpfnet_one + !!&ebpfnet_bool + !!&ebpfnet_two + !!&ebpfnet_sixteen + !!&ebpfnet_eight;
}

char _license[] SEC("license") = "Dual MIT/GPL";

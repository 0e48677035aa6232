// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Global variables in sections of one's own whose names the kernel cannot keep as they are, and in ones that nobody else
 * may see.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

__u32 dashed SEC(".data.my-name") = 1;
__u32 long_named SEC(".data.averyveryverylongname") = 2;
const volatile __u32 dotted SEC(".rodata.x.y") = 4;
__u32 zeroed SEC(".bss.looooooooooooooooong");
__hidden volatile __u32 hidden SEC(".data.hidden") = 8;
static volatile __u32 private SEC(".data.static") = 16;

/* 31, and what user space puts into the zeroed one. */
SEC("xdp")
int sum(struct xdp_md *ctx)
{
	return dashed + long_named + dotted + zeroed + hidden + private;
}

char _license[] SEC("license") = "Dual MIT/GPL";

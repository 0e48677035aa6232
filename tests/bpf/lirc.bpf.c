// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * A program for infrared receivers.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

SEC("lirc_mode2")
int decode(__u32 *sample)
{
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";

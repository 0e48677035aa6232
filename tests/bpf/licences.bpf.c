// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * `gpl_only` calls a helper that the kernel keeps for GPL-compatible programs; `any_licence` does not. The objects
 * differ in the licence they declare, the last declares none.
 * object: licence_gpl.bpf.o -DLICENCE="GPL"
 * object: licence_dual.bpf.o -DLICENCE="Dual\x20MIT/GPL"
 * object: licence_mit.bpf.o -DLICENCE="MIT"
 * object: licence_none.bpf.o
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

SEC("socket")
int any_licence(struct __sk_buff *skb)
{
	return 1;
}

SEC("socket")
int gpl_only(struct __sk_buff *skb)
{
	char format[] = "seen\n";

	bpf_trace_printk(format, sizeof(format), 0, 0, 0);
	return 2;
}

#ifdef LICENCE
char _license[] SEC("license") = LICENCE;
#endif

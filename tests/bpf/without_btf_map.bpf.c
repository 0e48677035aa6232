// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * A BTF-defined map compiled without -g: nothing says what the map is, so the object cannot be used, and the error
 * has to say that it is BTF that is missing.
 * object: without_btf_map.bpf.o -g0
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} table SEC(".maps");

SEC("xdp")
int uses_map(struct xdp_md *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&table, &key) ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "Dual MIT/GPL";

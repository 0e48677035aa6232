// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * One source for both byte orders: parsing must find the same maps, variables, functions and types in both.
 * object: endian_little.bpf.o -target bpfel
 * object: endian_big.bpf.o -target bpfeb
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

struct entry {
	__u64 count;
	__u32 flags : 4;
	__u32 kind : 12;
	__u16 port;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 300);
	__type(key, __u32);
	__type(value, struct entry);
} entries SEC(".maps");

const volatile __u32 ro_number = 0x01020304;
__u64 data_number = 0x1122334455667788;
__u32 bss_number;

static __noinline int look_up(__u32 key)
{
	struct entry *found = bpf_map_lookup_elem(&entries, &key);

	return found ? (int)found->count : -1;
}

SEC("xdp")
int endian(struct xdp_md *ctx)
{
	bss_number = ro_number;
	return look_up(ro_number) + data_number;
}

char _license[] SEC("license") = "Dual MIT/GPL";

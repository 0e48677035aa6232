// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * A struct and a function of one name: in the object, and in the kernel, which has both a struct and a function bpf_spin_lock. Each program returns the number in its comment.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_core.h"

struct same_name {
	__u32 number;
};

struct bpf_spin_lock {
	__u32 val;
} EBPFNET_CORE;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct same_name);
} numbers SEC(".maps");

__noinline int same_name(struct xdp_md *ctx)
{
	__u32 key = 0;
	struct same_name *value = bpf_map_lookup_elem(&numbers, &key);

	return ctx && value ? 42 + value->number : 0;
}

SEC("xdp")
int of_the_object(struct xdp_md *ctx) /* 42 */
{
	return same_name(ctx);
}

SEC("xdp")
int of_the_kernel(struct xdp_md *ctx) /* 4 bytes, at 0, and it is there: 41 */
{
	return core_type_size(struct bpf_spin_lock) * 10 + core_field_offset(((struct bpf_spin_lock *)0)->val) + core_type_exists(struct bpf_spin_lock);
}

char _license[] SEC("license") = "GPL";

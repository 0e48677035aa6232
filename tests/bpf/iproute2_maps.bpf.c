// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Maps as iproute2 (tc) has them defined: pinned for all objects, and a map of maps whose inner maps are named by number.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define PIN_NONE 0
#define PIN_OBJECT_NS 1
#define PIN_GLOBAL_NS 2

struct bpf_elf_map {
	__u32 type, size_key, size_value, max_elem, flags;
	__u32 id, pinning, inner_id, inner_idx;
};

struct bpf_elf_map shared SEC("maps") = {
	.type = BPF_MAP_TYPE_HASH,
	.size_key = 4,
	.size_value = 8,
	.max_elem = 16,
	.flags = BPF_F_NO_PREALLOC,
	.id = 1,
	.pinning = PIN_GLOBAL_NS,
	.inner_idx = -1,
};

struct bpf_elf_map inner SEC("maps") = {
	.type = BPF_MAP_TYPE_ARRAY,
	.size_key = 4,
	.size_value = 4,
	.max_elem = 1,
	.id = 2,
	.pinning = PIN_OBJECT_NS,
	.inner_idx = 3,
};

struct bpf_elf_map outer SEC("maps") = {
	.type = BPF_MAP_TYPE_ARRAY_OF_MAPS,
	.size_key = 4,
	.size_value = 4,
	.max_elem = 5,
	.id = 3,
	.inner_id = 2,
	.inner_idx = -1,
};

/* What is in the inner map at index 3, or -1. */
SEC("classifier")
int look(struct __sk_buff *packet)
{
	__u32 index = 3, key = 0, *value;
	void *map = bpf_map_lookup_elem(&outer, &index);

	if (!map)
		return -1;
	value = bpf_map_lookup_elem(map, &key);
	return value ? *value + !!bpf_map_lookup_elem(&shared, &key) : -1;
}

char _license[] SEC("license") = "GPL";

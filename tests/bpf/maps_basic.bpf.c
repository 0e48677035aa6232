// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * One map of each basic kind, with struct keys and values, and a program that touches them all.
 * Each run adds 1 to `hits` of the entry that stands for it: key {1, 2} in the hash kinds, index 1 in the arrays;
 * it returns the number of maps in which it found that entry beforehand.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

struct pair_key {
	__u32 left;
	__u32 right;
};

struct counter_value {
	__u64 hits;
	__u32 last_cpu;
	__u32 reserved;
};

struct prefix_key {
	__u32 length;
	__u8 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct pair_key);
	__type(value, struct counter_value);
} hash_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, struct counter_value);
} array_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 64);
	__type(key, struct pair_key);
	__type(value, struct counter_value);
} percpu_hash_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct counter_value);
} percpu_array_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 128);
	__type(key, struct pair_key);
	__type(value, struct counter_value);
} lru_hash_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);
	__uint(max_entries, 128);
	__type(key, struct pair_key);
	__type(value, struct counter_value);
} lru_percpu_map SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 256);
	__type(key, struct prefix_key);
	__type(value, struct counter_value);
} lpm_map SEC(".maps");

/* Sizes without types: BTF then has nothing to check a key or a value against. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__uint(key_size, 12);
	__uint(value_size, 20);
} untyped_map SEC(".maps");

static __always_inline int touch(void *map, const void *key)
{
	struct counter_value *found = bpf_map_lookup_elem(map, key);

	if (found) {
		found->hits++;
		found->last_cpu = bpf_get_smp_processor_id();
		return 1;
	}
	struct counter_value first = { .hits = 1, .last_cpu = bpf_get_smp_processor_id() };

	bpf_map_update_elem(map, key, &first, BPF_ANY);
	return 0;
}

SEC("xdp")
int touch_maps(struct xdp_md *ctx)
{
	struct pair_key pair = { 1, 2 };
	struct prefix_key host = { 32, { 10, 1, 2, 3 } };
	__u8 untyped_key[12] = { 1 };
	__u32 index = 1;
	int found = 0;

	found += touch(&hash_map, &pair);
	found += touch(&array_map, &index);
	found += touch(&percpu_hash_map, &pair);
	found += touch(&percpu_array_map, &index);
	found += touch(&lru_hash_map, &pair);
	found += touch(&lru_percpu_map, &pair);
	found += touch(&lpm_map, &host);
	found += bpf_map_lookup_elem(&untyped_map, untyped_key) != NULL;
	return found;
}

char _license[] SEC("license") = "Dual MIT/GPL";

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Values that are changed under a spin lock: all words of one are the same whenever nobody holds the lock. */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define WORDS 500

struct bpf_spin_lock {
	__u32 val;
};

EBPFNET_HELPER(93, long, bpf_spin_lock, struct bpf_spin_lock *lock);
EBPFNET_HELPER(94, long, bpf_spin_unlock, struct bpf_spin_lock *lock);

struct guarded {
	struct bpf_spin_lock lock;
	__u32 writer;
	__u64 words[WORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct guarded);
} guarded_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct guarded);
} guarded_array SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} without_lock SEC(".maps");

__u64 torn;	/* values that were found half written */
__u64 changed;	/* values that were written */

/* Adds one to all words, from the last to the first: the opposite of the order in which memory is copied. */
static __always_inline int change(void *map, __u32 key)
{
	struct guarded *value = bpf_map_lookup_elem(map, &key);
	__u64 first, differences = 0;

	if (!value)
		return 1;
	bpf_spin_lock(&value->lock);
	first = value->words[0];
	for (int i = WORDS - 1; i >= 0; i--) {
		differences |= value->words[i] ^ first;
		*(volatile __u64 *)&value->words[i] = first + 1;
	}
	value->writer = 1;
	bpf_spin_unlock(&value->lock);
	if (differences)
		torn++;
	changed++;
	return 0;
}

SEC("xdp")
int change_hash(struct xdp_md *ctx)
{
	return change(&guarded_hash, 1);
}

SEC("xdp")
int change_array(struct xdp_md *ctx)
{
	return change(&guarded_array, 1);
}

char _license[] SEC("license") = "Dual MIT/GPL";

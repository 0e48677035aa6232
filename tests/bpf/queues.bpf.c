// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * A queue, a stack and a Bloom filter that programs and user space use together.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

struct job {
	__u32 id;
	__u64 cost;
};

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 8);
	__type(value, struct job);
} jobs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, 8);
	__type(value, struct job);
} finished SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 100);
	__uint(map_extra, 3);
	__type(value, __u32);
} known SEC(".maps");

/* Adds jobs 1 to 10, as far as there is room, and returns how many were added. */
SEC("xdp")
int add_jobs(struct xdp_md *ctx)
{
	int added = 0;

	for (__u32 id = 1; id <= 10; id++) {
		struct job next;

		__builtin_memset(&next, 0, sizeof(next));
		next.id = id;
		next.cost = id * 100;
		added += bpf_map_push_elem(&jobs, &next, BPF_ANY) == 0;
	}
	return added;
}

/* Moves one job from the queue to the stack, makes its id known, and returns it; 0 when there is none. */
SEC("xdp")
int finish_job(struct xdp_md *ctx)
{
	struct job next;
	__u32 id;

	if (bpf_map_pop_elem(&jobs, &next))
		return 0;
	id = next.id;
	bpf_map_push_elem(&finished, &next, BPF_ANY);
	bpf_map_push_elem(&known, &id, BPF_ANY);
	return id;
}

/* Whether job 77 is known. */
SEC("xdp")
int knows_77(struct xdp_md *ctx)
{
	__u32 id = 77;

	return bpf_map_peek_elem(&known, &id) == 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";

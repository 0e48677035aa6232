// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Call stacks of whoever runs these programs. */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define BPF_MAP_TYPE_STACK_TRACE 7
#define BPF_F_STACK_BUILD_ID (1U << 5)
#define BPF_F_USER_STACK (1ULL << 8)
#define DEPTH 100

EBPFNET_HELPER(27, long, bpf_get_stackid, void *context, void *map, __u64 flags);

struct build_id {
	__s32 status;
	__u8 id[20];
	__u64 place;
};

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, DEPTH * sizeof(__u64));
} stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(map_flags, BPF_F_STACK_BUILD_ID);
	__uint(max_entries, 1024);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, DEPTH * sizeof(struct build_id));
} build_ids SEC(".maps");

long kernel_stack;	/* their numbers, or errors */
long user_stack;
long build_id_stack;

SEC("raw_tp")
int take_stacks(void *context)
{
	kernel_stack = bpf_get_stackid(context, &stacks, 0);
	user_stack = bpf_get_stackid(context, &stacks, BPF_F_USER_STACK);
	build_id_stack = bpf_get_stackid(context, &build_ids, BPF_F_USER_STACK);
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Programs that ask whether the current task belongs to a control group, and that read perf events as counters.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

EBPFNET_HELPER(37, long, bpf_current_task_under_cgroup, void *map, __u32 index);
EBPFNET_HELPER(55, long, bpf_perf_event_read_value, void *map, __u64 flags, void *value, __u32 size);

/* struct bpf_perf_event_value */
struct counted {
	__u64 counter;
	__u64 enabled;
	__u64 running;
};

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} groups SEC(".maps");

/* One for each CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} counters SEC(".maps");

__u32 group;
__s64 answer;
__u64 flags; /* the index, or BPF_F_CURRENT_CPU */
struct counted value;

SEC("raw_tp")
int ask(void *ctx)
{
	answer = bpf_current_task_under_cgroup(&groups, group);
	return 0;
}

SEC("raw_tp")
int read_counter(void *ctx)
{
	struct counted now = {};

	answer = bpf_perf_event_read_value(&counters, flags, &now, sizeof(now));
	value = now;
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";

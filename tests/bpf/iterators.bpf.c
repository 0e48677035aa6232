// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Iterators that write a line about each task, each element of a map, each control group.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"
#include "ebpfnet_core.h"

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} EBPFNET_CORE;

struct task_struct {
	int pid;
	int tgid;
} EBPFNET_CORE;

struct kernfs_node {
	__u64 id;
} EBPFNET_CORE;

struct cgroup {
	struct kernfs_node *kn;
} EBPFNET_CORE;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} EBPFNET_CORE;

struct bpf_iter__bpf_map_elem {
	struct bpf_iter_meta *meta;
	__u32 *key;
	__u64 *value;
} EBPFNET_CORE;

struct bpf_iter__cgroup {
	struct bpf_iter_meta *meta;
	struct cgroup *cgroup;
} EBPFNET_CORE;

EBPFNET_HELPER(126, long, bpf_seq_printf, struct seq_file *seq, const char *format, __u32 format_size, const void *data, __u32 length);

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} pairs SEC(".maps");

static const char number[] = "%llu\n";
static const char two_numbers[] = "%llu %llu\n";

SEC("?iter/task")
int each_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u64 values[2];

	if (!task)
		return 0;
	values[0] = task->tgid;
	values[1] = task->pid;
	bpf_seq_printf(ctx->meta->seq, two_numbers, sizeof(two_numbers), values, sizeof(values));
	return 0;
}

/* The same, in another way. */
SEC("?iter/task")
int each_first_thread(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	__u64 value;

	if (!task || task->pid != task->tgid)
		return 0;
	value = task->tgid;
	bpf_seq_printf(ctx->meta->seq, number, sizeof(number), &value, sizeof(value));
	return 0;
}

SEC("?iter/bpf_map_elem")
int each_pair(struct bpf_iter__bpf_map_elem *ctx)
{
	__u32 *key = ctx->key;
	__u64 *value = ctx->value;
	__u64 values[2];

	if (!key || !value)
		return 0;
	values[0] = *key;
	values[1] = *value;
	bpf_seq_printf(ctx->meta->seq, two_numbers, sizeof(two_numbers), values, sizeof(values));
	return 0;
}

SEC("?iter/cgroup")
int each_group(struct bpf_iter__cgroup *ctx)
{
	struct cgroup *cgroup = ctx->cgroup;
	__u64 value;

	if (!cgroup)
		return 0;
	value = cgroup->kn->id;
	bpf_seq_printf(ctx->meta->seq, number, sizeof(number), &value, sizeof(value));
	return 0;
}

/* The sockets of a map, which it is given when it is attached. */
SEC("?iter/sockmap")
int each_mapped_socket(void *ctx)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Programs that read objects of the running kernel by CO-RE, and programs that are attached by BTF id.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_core.h"

struct task_struct {
	int pid;
	int tgid;
	struct task_struct *group_leader;
	char comm[16];
	/* Never was there. */
	int ebpfnet_missing;
} EBPFNET_CORE;

/* A flavour: the same kernel type, seen in another way. */
struct task_struct___wide {
	__u64 ebpfnet_wide;
} EBPFNET_CORE;

struct ebpfnet_absent {
	int member;
} EBPFNET_CORE;

struct bpf_iter__task {
	struct task_struct *task;
} EBPFNET_CORE;

enum bpf_map_type___later {
	BPF_MAP_TYPE_HASH___later = 100,
	BPF_MAP_TYPE_EBPFNET___later = 101,
};

EBPFNET_HELPER(158, struct task_struct *, bpf_get_current_task_btf, void);

struct answer {
	__u64 pid;
	__u64 tgid;
	__u64 leader;
	char comm[16];
	__u64 hash_type;
	__u64 size_of_pid;
	__u64 has_pid;
	__u64 has_missing;
	__u64 has_absent;
	__u64 has_enumerator;
};

/* Loads of fields at relocated offsets, and what is known of types. */
SEC("syscall")
int ask(struct answer *answer)
{
	struct task_struct *task = bpf_get_current_task_btf();
	char comm[16] = {};

	answer->pid = task->pid;
	answer->tgid = task->tgid;
	answer->leader = task->group_leader->pid;
	core_read(&comm, task->comm);
	__builtin_memcpy(answer->comm, comm, sizeof(comm));
	answer->hash_type = core_enumerator_value(enum bpf_map_type___later, BPF_MAP_TYPE_HASH___later);
	answer->size_of_pid = core_field_size(task->pid);
	answer->has_pid = core_field_exists(task->pid);
	answer->has_missing = core_field_exists(task->ebpfnet_missing);
	answer->has_absent = core_type_exists(struct ebpfnet_absent);
	answer->has_enumerator = core_enumerator_exists(enum bpf_map_type___later, BPF_MAP_TYPE_EBPFNET___later);
	if (core_field_exists(task->ebpfnet_missing))
		return task->ebpfnet_missing;
	return 0;
}

/* Gets to an access that this kernel does not have. */
SEC("syscall")
int ask_unguarded(struct answer *answer)
{
	return bpf_get_current_task_btf()->ebpfnet_missing;
}

SEC("syscall")
__u64 ask_absent_enumerator(struct answer *answer)
{
	return core_enumerator_value(enum bpf_map_type___later, BPF_MAP_TYPE_EBPFNET___later);
}

SEC("syscall")
int ask_absent_type(struct answer *answer)
{
	struct ebpfnet_absent *absent = (void *)bpf_get_current_task_btf();

	return absent->member;
}

SEC("tp_btf/sched_process_exit")
int at_exit(__u64 *arguments)
{
	struct task_struct *task = (void *)arguments[0];

	return task->pid == -1;
}

SEC("iter/task")
int each_task(struct bpf_iter__task *context)
{
	return 0;
}

SEC("fentry/tcp_close")
int at_function(__u64 *arguments)
{
	return 0;
}

SEC("fexit/tcp_close")
int after_function(__u64 *arguments)
{
	return 0;
}

SEC("lsm/file_open")
int at_open(__u64 *arguments)
{
	return 0;
}

SEC("?tp_btf/ebpfnet_no_such_tracepoint")
int at_nothing(__u64 *arguments)
{
	return 0;
}

SEC("?fentry/ebpfnet_no_such_module:function")
int at_no_module(__u64 *arguments)
{
	return 0;
}

SEC("?tp_btf")
int at_unknown(__u64 *arguments)
{
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Programs that need the types of the running kernel: one by a field's place (CO-RE), one by what it attaches to.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

struct task_struct {
	int tgid;
} __attribute__((preserve_access_index));

/* The offset of the field is a relocation. */
SEC("raw_tp/sched_process_exit")
int offset_of_field(void *context)
{
	return __builtin_preserve_field_info(((struct task_struct *)0)->tgid, 0);
}

/* The function is named to the kernel by its BTF id. */
SEC("fentry/tcp_close")
int at_function(__u64 *context)
{
	return 0;
}

SEC("socket")
int needs_nothing(struct __sk_buff *packet)
{
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";

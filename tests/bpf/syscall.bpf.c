// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * A syscall program: run by BPF_PROG_TEST_RUN only, with a context of our own, changed in place.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

struct arguments {
	__u64 a;
	__u64 b;
	__u64 sum;
	__u32 process;
	__u32 reserved;
};

/* sum = a + b, process = the caller's; returns 7. */
SEC("syscall")
int add(struct arguments *arguments)
{
	arguments->sum = arguments->a + arguments->b;
	arguments->process = bpf_get_current_pid_tgid() >> 32;
	return 7;
}

char _license[] SEC("license") = "Dual MIT/GPL";

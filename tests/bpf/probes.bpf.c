// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Programs that count how often they run for one process, and keep the number that they are told of their attachment: on tracepoints, on functions of the kernel and of programs, one by one
 * and many at once, and on samples.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define __kconfig __attribute__((section(".kconfig")))

EBPFNET_HELPER(174, __u64, bpf_get_attach_cookie, void *context);

extern _Bool LINUX_HAS_BPF_COOKIE __kconfig;

__u32 process; /* 0: any */
__u64 seen, cookies, cookie;

static __always_inline int count(void *context)
{
	__u64 told = 0;

	if (process && bpf_get_current_pid_tgid() >> 32 != process)
		return 0;
	__sync_fetch_and_add(&seen, 1);
	if (LINUX_HAS_BPF_COOKIE)
		told = bpf_get_attach_cookie(context);
	cookie = told;
	cookies |= told;
	return 0;
}

SEC("tp/syscalls/sys_enter_gettid")
int on_tracepoint(void *context)
{
	return count(context);
}

SEC("kprobe")
int on_function(void *context)
{
	return count(context);
}

SEC("?kprobe.multi")
int on_many_kernel_functions(void *context)
{
	return count(context);
}

/* 0 asks for the return as well. */
SEC("?kprobe.session")
int on_kernel_sessions(void *context)
{
	return count(context);
}

SEC("?uprobe.multi")
int on_many_functions(void *context)
{
	return count(context);
}

SEC("?uprobe.session")
int on_sessions(void *context)
{
	return count(context);
}

SEC("perf_event")
int on_sample(void *context)
{
	return count(context);
}

char _license[] SEC("license") = "Dual MIT/GPL";

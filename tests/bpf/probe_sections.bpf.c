// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * A program in every section of probes, without what it is attached to: the tests say that before they load one. They count how often they run for a process.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

__u32 process; /* 0: any */
__u64 seen;

/* Of sessions, 0 asks for the return as well. */
#define COUNTING(name, section)                                           \
	SEC("?" section)                                                      \
	int name(void *context)                                               \
	{                                                                     \
		if (!process || bpf_get_current_pid_tgid() >> 32 == process)      \
			__sync_fetch_and_add(&seen, 1);                               \
		return 0;                                                         \
	}

COUNTING(tp, "tp")
COUNTING(tracepoint, "tracepoint")
COUNTING(kprobe, "kprobe")
COUNTING(kretprobe, "kretprobe")
COUNTING(ksyscall, "ksyscall")
COUNTING(kretsyscall, "kretsyscall")
COUNTING(kprobe_multi, "kprobe.multi")
COUNTING(kretprobe_multi, "kretprobe.multi")
COUNTING(kprobe_session, "kprobe.session")
COUNTING(uprobe, "uprobe")
COUNTING(uprobe_s, "uprobe.s")
COUNTING(uretprobe, "uretprobe")
COUNTING(uretprobe_s, "uretprobe.s")
COUNTING(uprobe_multi, "uprobe.multi")
COUNTING(uprobe_multi_s, "uprobe.multi.s")
COUNTING(uretprobe_multi, "uretprobe.multi")
COUNTING(uretprobe_multi_s, "uretprobe.multi.s")
COUNTING(uprobe_session, "uprobe.session")
COUNTING(uprobe_session_s, "uprobe.session.s")
COUNTING(usdt, "usdt")
COUNTING(usdt_s, "usdt.s")

char _license[] SEC("license") = "Dual MIT/GPL";

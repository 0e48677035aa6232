// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Programs for tracepoints, functions and security hooks. They count in `seen` what the process `watched` does, and keep the cookie of their attachment in `cookie`.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

EBPFNET_HELPER(174, __u64, bpf_get_attach_cookie, void *ctx);

#define ERANGE 34
#define EPERM 1

__u32 watched = 0;
__u64 seen = 0;
__u64 cookie = 0;
__u64 cookies = 0; /* The bits of all. */

static int is_watched(void)
{
	return bpf_get_current_pid_tgid() >> 32 == watched;
}

static int count(void)
{
	if (is_watched())
		__sync_fetch_and_add(&seen, 1);
	return 0;
}

#define COUNTING(name, section) \
	SEC(section)                \
	int name(__u64 *ctx)        \
	{                           \
		return count();         \
	}

#define COUNTING_WITH_COOKIE(name, section)      \
	SEC(section)                                 \
	int name(__u64 *ctx)                         \
	{                                            \
		if (is_watched()) {                      \
			cookie = bpf_get_attach_cookie(ctx); \
			cookies |= cookie;                   \
		}                                        \
		return count();                          \
	}

/* A task is renamed: its comm file is written to. */
COUNTING(renamed, "?raw_tp/task_rename")
COUNTING(renamed_somewhere, "?raw_tracepoint")
COUNTING(renamed_by_type, "?tp_btf/task_rename")
COUNTING_WITH_COOKIE(renamed_with_cookie, "?raw_tp/task_rename")
COUNTING_WITH_COOKIE(renamed_by_type_with_cookie, "?tp_btf/task_rename")

/* More arguments than the tracepoint has. */
SEC("?raw_tp/task_rename")
int reads_too_much(__u64 *ctx)
{
	return ctx[11] != 0;
}

/* A test run of a program ends, with an error that programs may change. */
SEC("?raw_tp.w/bpf_test_finish")
int spoils_test_runs(__u64 *ctx)
{
	int *error = (int *)ctx[0];

	if (is_watched())
		*error = -ERANGE;
	return count();
}

/* Functions that are there for tests: a test run of one of these programs calls them. */
COUNTING(entered, "?fentry/bpf_fentry_test1")
COUNTING(left, "?fexit/bpf_fentry_test1")
COUNTING(in_session, "?fsession/bpf_fentry_test1")
COUNTING_WITH_COOKIE(entered_with_cookie, "?fentry/bpf_fentry_test1")

/* The same, all at once. */
COUNTING_WITH_COOKIE(many_entered, "?fentry.multi/bpf_fentry_test?")
COUNTING_WITH_COOKIE(many_left, "?fexit.multi/bpf_fentry_test?")
COUNTING_WITH_COOKIE(in_many_sessions, "?fsession.multi/bpf_fentry_test?")
COUNTING(many_entered_sleeping, "?fentry.multi.s/bpf_fentry_test1")
COUNTING(many_left_sleeping, "?fexit.multi.s/bpf_fentry_test1")
COUNTING(in_many_sessions_sleeping, "?fsession.multi.s/bpf_fentry_test1")

SEC("?fmod_ret/bpf_modify_return_test")
int returns_other(__u64 *ctx)
{
	count();
	return is_watched() ? 42 : 0;
}

/* A priority is changed. */
SEC("?lsm/task_setnice")
int forbids_priorities(__u64 *ctx)
{
	count();
	return is_watched() ? -EPERM : 0;
}

char _license[] SEC("license") = "GPL";

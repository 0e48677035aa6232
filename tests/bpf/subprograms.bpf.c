// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Functions that call functions: static and global, chained, shared by two programs, called from two places, and one
 * nobody calls. Under BPF_PROG_TEST_RUN each program returns the number in its comment.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

__u32 calls_of_shared;

/* Without the asm the compiler would see that the result is a constant and drop the call. */
#define OPAQUE(x) asm volatile("" : "+r"(x))

static __noinline int plus_one(int x)
{
	OPAQUE(x);
	return x + 1;
}

static __noinline int times_three(int x)
{
	OPAQUE(x);
	return plus_one(x) * 3;
}

static __noinline int shared(int x)
{
	calls_of_shared++;
	return times_three(x) + plus_one(x);
}

/* Global functions are verified on their own, whoever calls them. */
__noinline int global_double(int x)
{
	OPAQUE(x);
	return x * 2;
}

__noinline int global_chain(int x)
{
	return global_double(x) + plus_one(x);
}

/* Reached from nowhere: must not find its way into a program. */
__noinline int never_called(int x)
{
	return x - 1000;
}

/* 42 */
SEC("xdp")
int no_calls(struct xdp_md *ctx)
{
	return 42;
}

/* plus_one(41) = 42 */
SEC("xdp")
int one_call(struct xdp_md *ctx)
{
	return plus_one(41);
}

/* shared(5) = 18 + 6 = 24, shared(6) = 21 + 7 = 28: 52 */
SEC("xdp")
int calls_shared_twice(struct xdp_md *ctx)
{
	return shared(5) + shared(6);
}

/* shared(1) = 6 + 2 = 8, global_chain(10) = 20 + 11 = 31: 39 */
SEC("xdp")
int mixes_static_and_global(struct xdp_md *ctx)
{
	return shared(1) + global_chain(10);
}

/* Another section: its calls cross from there to .text. global_double(21) = 42 */
SEC("tc")
int from_another_section(struct __sk_buff *skb)
{
	return global_double(21);
}

/* A chain of eight frames, the deepest the kernel allows: 8 */
#define LINK(name, next)			\
	static __noinline int name(int x)	\
	{					\
		OPAQUE(x);			\
		return next(x) + 1;		\
	}

LINK(depth_8, plus_one)
LINK(depth_7, depth_8)
LINK(depth_6, depth_7)
LINK(depth_5, depth_6)
LINK(depth_4, depth_5)
LINK(depth_3, depth_4)

SEC("xdp")
int deep_chain(struct xdp_md *ctx)
{
	return depth_3(0) + 1;
}

char _license[] SEC("license") = "Dual MIT/GPL";

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Symbols out of the ordinary: weak functions and variables, two names for one function, static variables of the same
 * name in two functions, a function and a type of one name, and several programs in one section.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

struct same_name {
	__u32 x;
};

__weak __noinline int weak_function(int x)
{
	asm volatile("" : "+r"(x));
	return x + 1;
}

__weak __u32 weak_variable = 10;

__noinline int original(int x)
{
	asm volatile("" : "+r"(x));
	return x + 2;
}

/* In assembler, because clang 19 crashes on the alias attribute when it also writes BTF. */
asm(".globl another_name\n.type another_name, @function\n.set another_name, original\n");

static __noinline int counts_here(int x)
{
	static __u32 counter = 1;

	counter += x;
	return counter;
}

static __noinline int counts_there(int x)
{
	static __u32 counter = 2;

	counter += x;
	return counter;
}

/* weak_function(1) + original(1) + weak_variable = 2 + 3 + 10 = 15 */
SEC("xdp")
int symbols(struct xdp_md *ctx)
{
	return weak_function(1) + original(1) + weak_variable;
}

/* On the first run (1 + 1) + (2 + 2) = 6 */
SEC("xdp")
int local_statics(struct xdp_md *ctx)
{
	return counts_here(1) + counts_there(2);
}

SEC("xdp")
int same_name(struct xdp_md *ctx)
{
	struct same_name value = { .x = ctx->ingress_ifindex };

	asm volatile("" : "+r"(value.x));
	return value.x ? 1 : 2;
}

char _license[] SEC("license") = "Dual MIT/GPL";

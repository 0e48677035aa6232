// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Compiled without -g: no .BTF, no .BTF.ext. Globals, calls and strings have to work all the same; only the symbol
 * table knows the variables.
 * object: without_btf.bpf.o -g0
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

const volatile __u32 offset = 2;
__u32 start = 40;
__u64 runs;

static __noinline int add(int a, int b)
{
	asm volatile("" : "+r"(a));
	return a + b;
}

/* start + offset = 42 */
SEC("xdp")
int without_btf(struct xdp_md *ctx)
{
	runs++;
	return add(start, offset);
}

char _license[] SEC("license") = "Dual MIT/GPL";

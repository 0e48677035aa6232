// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * What an object can use without defining it: kernel functions and variables, options of the kernel's configuration,
 * and, by mistake, functions and constants that nobody defines.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define __ksym __attribute__((section(".ksyms")))
#define __kconfig __attribute__((section(".kconfig")))

struct rq;

extern void kernel_function(int x) __ksym;
extern int kernel_function_weak(int x) __ksym __weak;
extern const void untyped_variable __ksym;
extern const struct rq typed_variable __ksym;
extern unsigned int CONFIG_HZ __kconfig;
extern _Bool CONFIG_SMP __kconfig __weak;
int forgotten(int x);

SEC("xdp")
int uses_nothing(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp")
int uses_functions(struct xdp_md *ctx)
{
	kernel_function(1);
	return kernel_function_weak(2);
}

SEC("xdp")
int uses_variables(struct xdp_md *ctx)
{
	return &untyped_variable == (void *)&typed_variable;
}

SEC("xdp")
int uses_options(struct xdp_md *ctx)
{
	return CONFIG_HZ + CONFIG_SMP;
}

SEC("xdp")
int uses_forgotten(struct xdp_md *ctx)
{
	return forgotten(1);
}

static __noinline int calls_forgotten(int x)
{
	asm volatile("" : "+r"(x));
	return forgotten(x) + 1;
}

SEC("xdp")
int uses_forgotten_indirectly(struct xdp_md *ctx)
{
	return calls_forgotten(1);
}

/* The assembler leaves MY_CONST to the loader. */
SEC("xdp")
int uses_constant(struct xdp_md *ctx)
{
	__u64 value;

	asm volatile("%0 = MY_CONST ll" : "=r"(value));
	return value;
}

char _license[] SEC("license") = "GPL";

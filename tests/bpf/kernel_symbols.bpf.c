// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Variables and functions of the kernel: by address, by type, and called; with and without them in the kernel.
 * object: kernel_symbols.bpf.o
 * object: kernel_symbols_errors.bpf.o -DERRORS
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_core.h"

#define __ksym __attribute__((section(".ksyms")))

struct rq {
	int cpu;
} EBPFNET_CORE;

struct task_struct {
	int pid;
} EBPFNET_CORE;

struct xdp_buff {
	void *data;
	void *data_end;
} EBPFNET_CORE;

/* By address. */
extern const void bpf_prog_put __ksym;
extern const void ebpfnet_no_such_weak_symbol __ksym __weak;

/* By type. */
extern const struct rq runqueues __ksym;
extern const int bpf_prog_active __ksym __weak;
extern const struct rq ebpfnet_no_such_weak_variable __ksym __weak;

/* Functions. */
extern void *bpf_cast_to_kern_ctx(void *object) __ksym;
extern void *bpf_cast_to_kern_ctx___again(void *context) __ksym __weak;
extern void *bpf_cast_to_kern_ctx___wrong(void *object, int more) __ksym __weak;
extern int ebpfnet_no_such_weak_function(int x) __ksym __weak;

EBPFNET_HELPER(153, void *, bpf_per_cpu_ptr, const void *variable, __u32 cpu);
EBPFNET_HELPER(154, void *, bpf_this_cpu_ptr, const void *variable);

struct {
	__u64 address;
	__u64 missing;
	__u64 cpu;
	__u64 active;
	__u64 missing_variable;
	__u64 length;
	__u64 length_again;
	__u64 missing_function;
	__u64 wrong_function;
} found;

SEC("xdp")
int by_address(struct xdp_md *ctx)
{
	found.address = (__u64)&bpf_prog_put;
	found.missing = (__u64)&ebpfnet_no_such_weak_symbol;
	return XDP_PASS;
}

SEC("raw_tp/sys_enter")
int by_type(void *ctx)
{
	struct rq *queue = bpf_per_cpu_ptr(&runqueues, 1);

	found.cpu = queue ? queue->cpu : -1;
	found.active = &bpf_prog_active ? *(int *)bpf_this_cpu_ptr(&bpf_prog_active) : -1;
	found.missing_variable = (__u64)&ebpfnet_no_such_weak_variable;
	return 0;
}

SEC("xdp")
int calls(struct xdp_md *ctx)
{
	struct xdp_buff *buffer = bpf_cast_to_kern_ctx(ctx);

	found.length = buffer->data_end - buffer->data;
	if (bpf_cast_to_kern_ctx___again) {
		buffer = bpf_cast_to_kern_ctx___again(ctx);
		found.length_again = buffer->data_end - buffer->data;
	}
	return XDP_PASS;
}

/* The calls of what is missing are not reached, as the verifier can see. */
SEC("xdp")
int calls_missing_weak(struct xdp_md *ctx)
{
	found.missing_function = ebpfnet_no_such_weak_function ? ebpfnet_no_such_weak_function(1) : 7;
	found.wrong_function = bpf_cast_to_kern_ctx___wrong ? (__u64)bpf_cast_to_kern_ctx___wrong(ctx, 1) : 8;
	return XDP_PASS;
}

SEC("?xdp")
int calls_missing_unguarded(struct xdp_md *ctx)
{
	return ebpfnet_no_such_weak_function(1);
}

SEC("?xdp")
int calls_wrong_unguarded(struct xdp_md *ctx)
{
	return bpf_cast_to_kern_ctx___wrong(ctx, 1) != 0;
}

#ifdef ERRORS
extern const void ebpfnet_no_such_symbol __ksym;
extern const struct rq ebpfnet_no_such_variable __ksym;
extern const int cpu_tlbstate __ksym __weak; /* A struct in the kernel. */
extern void *bpf_rdonly_cast(const void *object, int type, int more) __ksym;
extern void *bpf_cast_to_kern_context(void *object) __ksym;

SEC("?xdp")
int needs_address(struct xdp_md *ctx)
{
	return (__u64)&ebpfnet_no_such_symbol >> 32;
}

SEC("?raw_tp/sys_enter")
int needs_variable(void *ctx)
{
	return *(int *)bpf_this_cpu_ptr(&ebpfnet_no_such_variable);
}

SEC("?raw_tp/sys_enter")
int needs_wrong_variable(void *ctx)
{
	return *(int *)bpf_this_cpu_ptr(&cpu_tlbstate);
}

SEC("?xdp")
int needs_function(struct xdp_md *ctx)
{
	return bpf_cast_to_kern_context(ctx) != 0;
}

SEC("?xdp")
int needs_wrong_function(struct xdp_md *ctx)
{
	return bpf_rdonly_cast(ctx, 1, 2) != 0;
}

#endif

char _license[] SEC("license") = "GPL";

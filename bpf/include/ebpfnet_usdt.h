/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Arguments of USDT probes, for programs of section `usdt`.
 *
 * Where an argument is differs from probe to probe and from build to build: user space reads it from the file's notes and writes it into the map of specs here, under a number that the program is
 * told as its attachment's cookie; or, on kernels without cookies (before 5.15), finds by the address at which it was hit. The maps and structs are those of libbpf 1.7, so that either
 * loader fills them; EbpfNet goes by their types. With USDT_BEFORE_1_7 they are those of the versions before, which know no memory at two registers.
 */
#ifndef EBPFNET_USDT_H
#define EBPFNET_USDT_H

#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#ifndef USDT_MAX_SPECS
#define USDT_MAX_SPECS 256
#endif

enum __bpf_usdt_arg_type {
	BPF_USDT_ARG_CONST,
	BPF_USDT_ARG_REG,
	BPF_USDT_ARG_REG_DEREF,
	BPF_USDT_ARG_SIB,
};

struct __bpf_usdt_arg_spec {
	__u64 val_off; /* the constant, or the distance */
#ifdef USDT_BEFORE_1_7
	enum __bpf_usdt_arg_type arg_type;
#else
	enum __bpf_usdt_arg_type arg_type : 8;
	__u16 idx_reg_off : 12; /* where the register that is multiplied is in pt_regs */
	__u16 scale_bitshift : 4;
	__u8 __reserved : 8;
#endif
	short reg_off; /* where the register is in pt_regs */
	_Bool arg_signed;
	char arg_bitshift; /* 64 less the argument's bits */
};

#define USDT_MAX_ARGUMENTS 12

struct __bpf_usdt_spec {
	struct __bpf_usdt_arg_spec args[USDT_MAX_ARGUMENTS];
	__u64 usdt_cookie;
	short arg_cnt;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, USDT_MAX_SPECS);
	__type(key, int);
	__type(value, struct __bpf_usdt_spec);
} __bpf_usdt_specs SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4 * USDT_MAX_SPECS);
	__type(key, long);
	__type(value, __u32);
} __bpf_usdt_ip_to_spec_id SEC(".maps") __weak;

extern const _Bool LINUX_HAS_BPF_COOKIE __attribute__((section(".kconfig")));

EBPFNET_HELPER(174, __u64, bpf_get_attach_cookie, void *context);

/* Where the instruction pointer is in pt_regs. */
#ifdef __TARGET_ARCH_arm64
#define USDT_INSTRUCTION_POINTER 256
#else
#define USDT_INSTRUCTION_POINTER 128
#endif

static __always_inline struct __bpf_usdt_spec *usdt_spec(void *context)
{
	__u32 id;

	if (LINUX_HAS_BPF_COOKIE) {
		id = bpf_get_attach_cookie(context);
	} else {
		long address;
		__u32 *found;

		if (bpf_probe_read_kernel(&address, sizeof(address), context + USDT_INSTRUCTION_POINTER))
			return NULL;
		found = bpf_map_lookup_elem(&__bpf_usdt_ip_to_spec_id, &address);
		if (!found)
			return NULL;
		id = *found;
	}
	return bpf_map_lookup_elem(&__bpf_usdt_specs, &id);
}

/* How many arguments the probe has; negative when that is not known. */
static __always_inline int usdt_argument_count(void *context)
{
	struct __bpf_usdt_spec *spec = usdt_spec(context);

	return spec ? spec->arg_cnt : -1;
}

/* The number that user space gave for the attachment. */
static __always_inline __u64 usdt_cookie(void *context)
{
	struct __bpf_usdt_spec *spec = usdt_spec(context);

	return spec ? spec->usdt_cookie : 0;
}

static __always_inline int usdt_read_memory(__u64 *value, __u64 address)
{
	return bpf_probe_read_user(value, sizeof(*value), (void *)address) ? -1 : 0;
}

/* Reads an argument, the first being 0: sign-extended or filled up with zeroes. Negative when there is none, or its memory is not there; `*value` is 0 then. */
static __always_inline int usdt_argument(void *context, __u64 number, __s64 *value)
{
	struct __bpf_usdt_spec *spec = usdt_spec(context);
	struct __bpf_usdt_arg_spec *argument;
	__u64 bits = 0;
	int shift;

	*value = 0;
	if (!spec || number >= USDT_MAX_ARGUMENTS)
		return -1;
	asm volatile("" : "+r"(number)); /* The verifier needs the comparison above to stay. */
	if (number >= USDT_MAX_ARGUMENTS || (__s64)number >= spec->arg_cnt)
		return -1;
	argument = &spec->args[number];
	if (argument->arg_type == BPF_USDT_ARG_CONST)
		bits = argument->val_off;
	else if (bpf_probe_read_kernel(&bits, sizeof(bits), context + argument->reg_off))
		return -1;
	if (argument->arg_type == BPF_USDT_ARG_REG_DEREF && usdt_read_memory(&bits, bits + argument->val_off))
		return -1;
#ifndef USDT_BEFORE_1_7
	if (argument->arg_type == BPF_USDT_ARG_SIB) {
		__u64 index;

		if (bpf_probe_read_kernel(&index, sizeof(index), context + argument->idx_reg_off) ||
		    usdt_read_memory(&bits, bits + (index << argument->scale_bitshift) + argument->val_off))
			return -1;
	}
#endif
	shift = argument->arg_bitshift & 63;
	bits <<= shift;
	*value = argument->arg_signed ? (__s64)bits >> shift : (__s64)(bits >> shift);
	return 0;
}

#endif

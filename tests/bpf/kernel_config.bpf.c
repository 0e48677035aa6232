// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Options of the kernel's configuration, of every type. Those called CONFIG_TEST_* no kernel has: tests give them values.
 * object: kernel_config.bpf.o
 * object: kernel_config_errors.bpf.o -DERRORS
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define __kconfig __attribute__((section(".kconfig")))

enum libbpf_tristate {
	TRI_NO = 0,
	TRI_YES = 1,
	TRI_MODULE = 2,
};

typedef unsigned int version_number;
typedef const version_number version_code;

/* In no order: loaders have one of their own. */
extern _Bool CONFIG_TEST_BOOL __kconfig __weak;
extern char CONFIG_TEST_STRING[8] __kconfig __weak;
extern __u64 CONFIG_TEST_U64 __kconfig __weak;
extern char CONFIG_TEST_CHAR __kconfig __weak;
extern __s16 CONFIG_TEST_S16 __kconfig __weak;
extern enum libbpf_tristate CONFIG_TEST_TRISTATE __kconfig __weak;
extern __u16 CONFIG_TEST_U16 __kconfig __weak;
extern __s64 CONFIG_TEST_S64 __kconfig __weak;
extern __u8 CONFIG_TEST_U8 __kconfig __weak;
extern __s32 CONFIG_TEST_S32 __kconfig __weak;
extern __u32 CONFIG_TEST_U32 __kconfig __weak;

extern _Bool CONFIG_BPF_SYSCALL __kconfig;
extern enum libbpf_tristate CONFIG_NET __kconfig;
extern __u32 CONFIG_HZ __kconfig;
extern __u64 CONFIG_ILLEGAL_POINTER_VALUE __kconfig __weak;
extern char CONFIG_CC_VERSION_TEXT[64] __kconfig __weak;

extern version_code LINUX_KERNEL_VERSION __kconfig;
extern const _Bool LINUX_HAS_BPF_COOKIE __kconfig;
extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig __weak;
extern int LINUX_HAS_NO_SUCH_THING __kconfig __weak;

/* Where the programs put what they have read. */
struct {
	__u64 u64;
	__s64 s64;
	__u32 u32;
	__s32 s32;
	__u16 u16;
	__s16 s16;
	__u8 u8;
	char character;
	_Bool boolean;
	__u32 tristate;
	char string[8];
} test_values;

struct {
	__u32 version;
	__u32 hz;
	__u32 net;
	_Bool bpf_syscall;
	_Bool has_cookie;
	_Bool has_wrapper;
	__u8 unknown;
	__u64 illegal_pointer;
	char compiler[64];
} real_values;

SEC("xdp")
int read_test_values(struct xdp_md *ctx)
{
	test_values.u64 = CONFIG_TEST_U64;
	test_values.s64 = CONFIG_TEST_S64;
	test_values.u32 = CONFIG_TEST_U32;
	test_values.s32 = CONFIG_TEST_S32;
	test_values.u16 = CONFIG_TEST_U16;
	test_values.s16 = CONFIG_TEST_S16;
	test_values.u8 = CONFIG_TEST_U8;
	test_values.character = CONFIG_TEST_CHAR;
	test_values.boolean = CONFIG_TEST_BOOL;
	test_values.tristate = CONFIG_TEST_TRISTATE;
	for (int i = 0; i < (int)sizeof(test_values.string); i++)
		test_values.string[i] = CONFIG_TEST_STRING[i];
	return XDP_PASS;
}

SEC("xdp")
int read_real_values(struct xdp_md *ctx)
{
	real_values.version = LINUX_KERNEL_VERSION;
	real_values.hz = CONFIG_HZ;
	real_values.net = CONFIG_NET;
	real_values.bpf_syscall = CONFIG_BPF_SYSCALL;
	real_values.has_cookie = LINUX_HAS_BPF_COOKIE;
	real_values.has_wrapper = LINUX_HAS_SYSCALL_WRAPPER;
	real_values.unknown = LINUX_HAS_NO_SUCH_THING;
	real_values.illegal_pointer = CONFIG_ILLEGAL_POINTER_VALUE;
	for (int i = 0; i < (int)sizeof(real_values.compiler); i++)
		real_values.compiler[i] = CONFIG_CC_VERSION_TEXT[i];
	return XDP_PASS;
}

/* What the options say is known when programs are verified: code for another configuration is not looked at. */
SEC("xdp")
int needs_bpf(struct xdp_md *ctx)
{
	if (!CONFIG_BPF_SYSCALL)
		return *(volatile int *)0;
	return XDP_PASS;
}

#ifdef ERRORS
extern _Bool CONFIG_TEST_STRONG __kconfig;

SEC("?xdp")
int needs_strong(struct xdp_md *ctx)
{
	return CONFIG_TEST_STRONG ? XDP_PASS : XDP_DROP;
}

enum other {
	OTHER = 1,
};

extern enum other CONFIG_TEST_ENUM __kconfig __weak;

SEC("?xdp")
int needs_enum(struct xdp_md *ctx)
{
	return CONFIG_TEST_ENUM == OTHER ? XDP_PASS : XDP_DROP;
}
#endif

char _license[] SEC("license") = "Dual MIT/GPL";

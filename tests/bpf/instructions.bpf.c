// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * One source for each version of the instruction set. v1 knows 64-bit arithmetic and jumps, v2 adds jumps on less-than,
 * v3 32-bit jumps and atomics that return, v4 sign-extending loads and moves, signed division, byte swaps and
 * long jumps. `arithmetic` returns the same number in all of them.
 * object: instructions_v1.bpf.o -mcpu=v1
 * object: instructions_v2.bpf.o -mcpu=v2
 * object: instructions_v3.bpf.o -mcpu=v3
 * object: instructions_v4.bpf.o -mcpu=v4
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

volatile __s8 signed_byte = -100;
volatile __s16 signed_half = -30000;
volatile __s32 signed_word = -2000000000;
volatile __u64 wide = 0x1122334455667788;
volatile __u32 word = 0xcafebabe;
__u64 atomic_sum;
__u32 atomic_bits;

/* Little endian: -100 + -30000 + -2000000000 / 7 ... folded into 32 bits; see the tests for the number. */
SEC("xdp")
int arithmetic(struct xdp_md *ctx)
{
	__s64 result = 0;

	result += signed_byte;
	result += signed_half;
	result += signed_word;
	result ^= __builtin_bswap64(wide);
	result += __builtin_bswap32(word);
	result ^= __builtin_bswap16((__u16)word);
#if __BPF_CPU_VERSION__ >= 4
	result += signed_word / signed_byte;
	result += signed_word % signed_half;
#else
	/* Before v4 there is no signed division; both operands are negative, so the unsigned one does it. */
	result += (__u32)-signed_word / (__u32)-signed_byte;
	result -= (__u32)-signed_word % (__u32)-signed_half;
#endif
	result += word / 10 + word % 10;
	result <<= 3;
	result >>= 1;
	result -= (__u32)result >> 5;
	result = -result;
	return (__u32)result ^ (__u32)((__u64)result >> 32);
}

/* Compares in every way, signed and unsigned, 64 and 32 bits wide; bit n of the result is comparison n. */
SEC("xdp")
int comparisons(struct xdp_md *ctx)
{
	__s64 a = signed_word;
	__u64 b = wide;
	__u32 result = 0;

	if (a < signed_half)
		result |= 1;
	if (b > word)
		result |= 2;
	if ((__s32)a <= signed_byte)
		result |= 4;
	if ((__u32)b >= word)
		result |= 8;
	if (b & 0x80)
		result |= 16;
	if ((__u32)a != word)
		result |= 32;
	if (b == 0x1122334455667788)
		result |= 64;
	return result;
}

SEC("xdp")
int atomics(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&atomic_sum, 5);
#if __BPF_CPU_VERSION__ >= 3
	__u32 old = __sync_fetch_and_or(&atomic_bits, 6);

	old += __sync_fetch_and_and(&atomic_bits, 12);
	old += __sync_fetch_and_xor(&atomic_bits, 5);
	old += __sync_lock_test_and_set(&atomic_bits, 100);
	old += __sync_val_compare_and_swap(&atomic_bits, 100, 200);
	return old + atomic_bits;
#else
	return 0;
#endif
}

/* The compiler keeps a loop of this shape, with a bound that the verifier can follow. */
SEC("xdp")
int loops(struct xdp_md *ctx)
{
	__u32 sum = 0;

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < 10; i++) {
		asm volatile("" : "+r"(sum));
		sum += i;
	}
	return sum;
}

char _license[] SEC("license") = "Dual MIT/GPL";

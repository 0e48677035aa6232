// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * CO-RE relocations about fields, of every kind and in every form of instruction. The "kernel" is core_target.
 */
#include "ebpfnet_core.h"

struct inner {
	__u16 x;
	__u16 y;
} EBPFNET_CORE;

typedef struct {
	int value;
} EBPFNET_CORE nameless_t;

struct numbers {
	__u32 same;
	int number;
	__u32 wider;
	__u64 narrower;
	int signed_wider;
	void *pointer;
	struct inner *inner;
	struct inner nested;
	int qualified;
	int missing;
	void *number_now___unused;
} EBPFNET_CORE;

struct numbers___flavour {
	int number;
} EBPFNET_CORE;

struct numbers___kinds {
	struct inner *number;
} EBPFNET_CORE;

struct far {
	int beyond;
} EBPFNET_CORE;

struct arrays {
	struct inner items[4];
	__u32 grid[2][3];
	__u8 bytes[20];
	struct inner open[];
} EBPFNET_CORE;

struct outer {
	int deep;
	int first;
	nameless_t nameless;
} EBPFNET_CORE;

struct bits {
	int c : 7;
	__u32 b : 11;
	__u32 a : 3;
	__u32 plain;
	__u64 wide : 40;
	__u32 now_plain : 4;
	__u32 now_bits;
} EBPFNET_CORE;

#define PROGRAM(name, type, expression) \
	SEC("socket") __u64 name(type *p) { return expression; }

PROGRAM(offset, struct numbers, core_field_offset(p->number))
PROGRAM(offset_nested, struct numbers, core_field_offset(p->nested.y))
PROGRAM(offset_far, struct far, core_field_offset(p->beyond))
PROGRAM(offset_element, struct arrays, core_field_offset(p->items[2].y))
PROGRAM(offset_grid, struct arrays, core_field_offset(p->grid[1][2]))
PROGRAM(offset_open, struct arrays, core_field_offset(p->open[3].x))
PROGRAM(offset_anonymous, struct outer, core_field_offset(p->deep))
PROGRAM(offset_nameless, struct outer, core_field_offset(p->nameless.value))
PROGRAM(offset_typedef, nameless_t, core_field_offset(p->value))
PROGRAM(offset_flavour, struct numbers___flavour, core_field_offset(p->number))
PROGRAM(offset_second, struct inner, core_field_offset(p[3].y))
PROGRAM(offset_missing, struct numbers, core_field_offset(p->missing))
PROGRAM(offset_of_another_kind, struct numbers___kinds, core_field_offset(p->number))
PROGRAM(offset_beyond_array, struct arrays, core_field_offset(p->bytes[18]))

PROGRAM(size, struct numbers, core_field_size(p->number))
PROGRAM(size_wider, struct numbers, core_field_size(p->wider))
PROGRAM(size_array, struct arrays, core_field_size(p->items))
PROGRAM(size_element, struct arrays, core_field_size(p->items[1]))
PROGRAM(size_struct, struct numbers, core_field_size(p->nested))
PROGRAM(size_bits, struct bits, core_field_size(p->b))

PROGRAM(exists, struct numbers, core_field_exists(p->number))
PROGRAM(exists_missing, struct numbers, core_field_exists(p->missing))
PROGRAM(exists_another_kind, struct numbers___kinds, core_field_exists(p->number))
PROGRAM(exists_anonymous, struct outer, core_field_exists(p->deep))

PROGRAM(signed_int, struct numbers, core_field_signed(p->number))
PROGRAM(signed_unsigned, struct numbers, core_field_signed(p->same))
PROGRAM(signed_bits, struct bits, core_field_signed(p->c))

PROGRAM(left_shift, struct numbers, core_field_left_shift(p->number))
PROGRAM(right_shift, struct numbers, core_field_right_shift(p->number))
PROGRAM(left_shift_narrower, struct numbers, core_field_left_shift(p->narrower))
PROGRAM(bits_offset, struct bits, core_field_offset(p->b))
PROGRAM(bits_left_shift, struct bits, core_field_left_shift(p->b))
PROGRAM(bits_right_shift, struct bits, core_field_right_shift(p->b))
PROGRAM(bits_signed_left_shift, struct bits, core_field_left_shift(p->c))
PROGRAM(bits_wide_left_shift, struct bits, core_field_left_shift(p->wide))
PROGRAM(bits_to_plain, struct bits, core_field_left_shift(p->now_plain))
PROGRAM(plain_to_bits, struct bits, core_field_left_shift(p->now_bits))
PROGRAM(plain_to_bits_offset, struct bits, core_field_offset(p->now_bits))

/* Loads and stores. */
PROGRAM(load, struct numbers, p->same)
PROGRAM(load_wider, struct numbers, p->wider)
PROGRAM(load_narrower, struct numbers, p->narrower)
PROGRAM(load_signed_wider, struct numbers, (__u64)p->signed_wider)
PROGRAM(load_pointer, struct numbers, (__u64)p->pointer)
PROGRAM(load_chain, struct numbers, p->inner->y)
PROGRAM(load_element, struct arrays, p->grid[1][1])
PROGRAM(load_byte, struct arrays, p->bytes[3])
PROGRAM(load_missing, struct numbers, (__u64)p->missing)
PROGRAM(load_far, struct far, (__u64)p->beyond)

SEC("socket") int store_register(struct numbers *p)
{
	p->number = bpf_get_prandom_u32();
	return 0;
}

/* An address computed, which is an addition with the offset. */
SEC("socket") int address(struct numbers *p)
{
	return bpf_probe_read_kernel((void *)0, 0, &p->nested);
}

/* The branch that uses what the "kernel" lacks is never taken. */
SEC("socket") int guarded(struct numbers *p)
{
	return core_field_exists(p->missing) ? p->missing : 42;
}

static __attribute__((noinline)) int in_function(struct numbers *p)
{
	return p->number;
}

SEC("socket") int in_subprogram(struct numbers *p)
{
	return in_function(p);
}

char _license[] SEC("license") = "Dual MIT/GPL";

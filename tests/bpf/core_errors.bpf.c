// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * CO-RE relocations that have no answer, or too many. The "kernel" is core_target.
 */
#include "ebpfnet_core.h"

struct twin {
	int a;
	int only_other;
} EBPFNET_CORE;

struct has_flavour {
	int a;
	int b;
	int c;
} EBPFNET_CORE;

struct absent {
	int a;
} EBPFNET_CORE;

enum unsigned_huge {
	UNSIGNED_HUGE = 0x90000001U,
};

/* Two candidates that differ. */
SEC("socket") int ambiguous(struct twin *p)
{
	return core_field_offset(p->a);
}

/* The first access leaves only one of them. */
SEC("socket") int made_clear(struct twin *p)
{
	return core_field_offset(p->only_other) + core_field_offset(p->a);
}

SEC("socket") int ambiguous_flavour(struct has_flavour *p)
{
	return core_field_offset(p->b);
}

SEC("socket") int no_such_type(struct absent *p)
{
	return p->a;
}

SEC("socket") __u64 unsigned_value(void *p)
{
	return core_enumerator_value(enum unsigned_huge, UNSIGNED_HUGE);
}

char _license[] SEC("license") = "Dual MIT/GPL";

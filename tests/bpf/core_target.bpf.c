// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * A "kernel" for the programs of core_fields, core_types and core_errors: the types that they name, laid out in another
 * way. Only the BTF of this object is used.
 */
#include "ebpfnet_types.h"
#include "ebpfnet_helpers.h"

struct inner {
	__u32 padding;
	__u16 y;
	__u16 x;
};

typedef struct {
	__u64 before;
	int value;
} nameless_t;

struct numbers {
	char moved[24];
	__u32 same;
	int number;
	__u64 wider;
	__u8 narrower;
	long signed_wider;
	void *pointer;
	struct inner *inner;
	struct inner nested;
	const volatile int qualified;
	float decimal;
};

struct far {
	char moved[40000];
	int beyond;
};

struct arrays {
	int before;
	struct inner items[9];
	__u32 grid[5][7];
	__u8 bytes[16];
	struct inner open[];
};

struct outer {
	int first;
	union {
		struct {
			int deep_before;
			int deep;
		};
		long other;
	};
	nameless_t nameless;
};

struct bits {
	__u64 head;
	__u32 a : 3;
	__u32 b : 11;
	int c : 7;
	__u32 plain;
	__u64 wide : 40;
	int now_plain;
	__u32 now_bits : 5;
};

enum colours {
	COLOUR_RED = 7,
	COLOUR_GREEN = -4,
};

enum huge {
	HUGE_ONE = 0x123456789abcdULL,
	HUGE_TWO = 2,
};

enum unsigned_huge {
	UNSIGNED_HUGE = 0x80000001U,
};

/* 32 bits in the programs. */
enum grown {
	GROWN_A = 5,
	GROWN_B = 0x100000000ULL,
};

struct old_name {
	int only_old;
};

struct has_flavour___v1 {
	int a;
	int b;
};

struct has_flavour___v2 {
	int z;
	int a;
	int b;
	int c;
};

struct twin {
	int a;
	int b;
};

struct twin___other {
	int b;
	int a;
	int only_other;
};

union either {
	int a;
	long b;
};

typedef int (*handler_t)(struct numbers *, int);

struct matched {
	int a;
	struct inner *inner;
	enum colours colour;
	handler_t handler;
	int grid[3];
	int more;
};

struct not_matched {
	long a;
};

#define KEEP(type, name) type *keep_##name
KEEP(struct numbers, numbers);
KEEP(struct far, far);
KEEP(struct arrays, arrays);
KEEP(struct outer, outer);
KEEP(struct bits, bits);
KEEP(enum colours, colours);
KEEP(enum huge, huge);
KEEP(enum unsigned_huge, unsigned_huge);
KEEP(enum grown, grown);
KEEP(struct old_name, old_name);
KEEP(struct has_flavour___v1, v1);
KEEP(struct has_flavour___v2, v2);
KEEP(struct twin, twin);
KEEP(struct twin___other, twin_other);
KEEP(union either, either);
KEEP(struct matched, matched);
KEEP(struct not_matched, not_matched);
KEEP(nameless_t, nameless);

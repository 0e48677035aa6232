// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * CO-RE relocations about types and enumerators, of every kind. The "kernel" is core_target.
 */
#include "ebpfnet_core.h"

struct inner {
	__u16 x;
};

struct numbers {
	__u32 same;
};

struct numbers___flavour {
	int nothing_like_it;
};

struct absent {
	int a;
};

union either {
	int a;
};

typedef struct {
	int value;
} nameless_t;

enum colours {
	COLOUR_RED = 1,
	COLOUR_GREEN = 2,
	COLOUR_BLUE = 3,
};

enum colours___few {
	COLOUR_GREEN___few = 2,
};

enum huge {
	HUGE_ONE = 0x1000000000000ULL,
	HUGE_TWO = 0x2000000000000ULL,
};

enum unsigned_huge {
	UNSIGNED_HUGE = 0x90000001U,
};

enum grown {
	GROWN_A = 1,
	GROWN_B = 2,
};

typedef int (*handler_t)(struct numbers *, int);

struct matched {
	enum colours___few colour;
	struct inner *inner;
	int a;
	handler_t handler;
	int grid[3];
};

struct matched___other_length {
	int grid[4];
};

struct matched___other_function {
	int (*handler)(struct numbers *, long);
};

struct matched___other_kind {
	union inner___union *inner;
};

struct not_matched {
	int a;
};

#define PROGRAM(name, expression) \
	SEC("socket") __u64 name(void *p) { return expression; }

PROGRAM(id_local, core_type_id_local(struct numbers))
PROGRAM(id_kernel, core_type_id_kernel(struct numbers))
PROGRAM(id_kernel_absent, core_type_id_kernel(struct absent))
PROGRAM(exists, core_type_exists(struct numbers))
PROGRAM(exists_flavour, core_type_exists(struct numbers___flavour))
PROGRAM(exists_absent, core_type_exists(struct absent))
PROGRAM(exists_union, core_type_exists(union either))
PROGRAM(exists_typedef, core_type_exists(nameless_t))
PROGRAM(exists_enum, core_type_exists(enum grown))
PROGRAM(size, core_type_size(struct numbers))
PROGRAM(size_absent, core_type_size(struct absent))
PROGRAM(size_enum, core_type_size(enum grown))
PROGRAM(size_typedef, core_type_size(nameless_t))
PROGRAM(matches, core_type_matches(struct matched))
PROGRAM(matches_not, core_type_matches(struct not_matched))
PROGRAM(matches_not_length, core_type_matches(struct matched___other_length))
PROGRAM(matches_not_function, core_type_matches(struct matched___other_function))
PROGRAM(matches_not_kind, core_type_matches(struct matched___other_kind))
PROGRAM(matches_enum, core_type_matches(enum colours___few))
PROGRAM(matches_not_enum, core_type_matches(enum colours))

PROGRAM(enumerator_exists, core_enumerator_exists(enum colours, COLOUR_RED))
PROGRAM(enumerator_exists_absent, core_enumerator_exists(enum colours, COLOUR_BLUE))
PROGRAM(enumerator_value, core_enumerator_value(enum colours, COLOUR_RED))
PROGRAM(enumerator_negative, core_enumerator_value(enum colours, COLOUR_GREEN))
PROGRAM(enumerator_absent, core_enumerator_value(enum colours, COLOUR_BLUE))
PROGRAM(enumerator_flavour, core_enumerator_value(enum colours___few, COLOUR_GREEN___few))
PROGRAM(enumerator_huge, core_enumerator_value(enum huge, HUGE_ONE))
PROGRAM(enumerator_huge_small, core_enumerator_value(enum huge, HUGE_TWO))
PROGRAM(enumerator_grown, core_enumerator_value(enum grown, GROWN_B))

char _license[] SEC("license") = "Dual MIT/GPL";

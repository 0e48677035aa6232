// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Every kind of BTF type that clang emits for C, reachable from the variables below. `everything` is the root to walk
 * from: int, ptr, array, struct, union, enum, fwd, typedef, volatile, const, restrict, func, func_proto, var, datasec,
 * float, decl_tag, type_tag, enum64.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define TYPE_TAG(text) __attribute__((btf_type_tag(text)))
#define DECL_TAG(text) __attribute__((btf_decl_tag(text)))

struct declared_only;
union declared_only_union;

enum small { SMALL_NEGATIVE = -1, SMALL_ZERO, SMALL_TEN = 10 };
enum large { LARGE_ONE = 1, LARGE_MAX = 0xffffffffffffffffull };
enum large_signed { LARGE_NEGATIVE = -0x7fffffffffffffffll, LARGE_POSITIVE = 0x7fffffffffffffffll };

typedef __u32 identifier;
typedef int (*operation)(identifier id, const char *name, ...);

union either {
	__u32 number;
	float real;
	char bytes[4];
};

struct list {
	struct list *next;
	struct list *previous;
};

struct everything {
	int number;
	char character;
	_Bool truth;
	__s8 signed_byte;
	unsigned long long wide;
	__int128 very_wide;
	float real;
	double precise;
	int array[3];
	int matrix[2][3];
	char *pointer;
	const char *const_pointer;
	volatile int *volatile_pointer;
	const volatile struct list *const_volatile_pointer;
	int *restrict restricted;
	void *nothing;
	int TYPE_TAG("user") *tagged_pointer;
	identifier id;
	operation function_pointer;
	enum small small;
	enum large large;
	enum large_signed large_signed;
	union either either;
	struct list list;
	struct declared_only *forward;
	union declared_only_union *forward_union;
	struct {
		int anonymous_a;
		union {
			int anonymous_b;
			long anonymous_c;
		};
	};
	unsigned int bits_3 : 3;
	unsigned int bits_7 : 7;
	int signed_bits : 5;
	int tagged_member DECL_TAG("a member tag");
	int flexible[];
} DECL_TAG("a struct tag");

struct everything everything;
int tagged_variable DECL_TAG("a variable tag") = 1;
static const volatile int static_constant = 2;

__noinline int tagged_function(int first, int second DECL_TAG("an argument tag")) DECL_TAG("a function tag")
{
	return first + second + static_constant;
}

SEC("xdp")
int btf_kinds(struct xdp_md *ctx)
{
	return tagged_function(everything.number, tagged_variable);
}

char _license[] SEC("license") = "Dual MIT/GPL";

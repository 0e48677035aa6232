// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Names that C allows beside each other and C# does not, and types that C# has nothing like: what is generated for
 * this object has to compile.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

/* The object's own name, a map's, and keywords of C#. */
struct odd_names {
	__u32 class;
	__u32 Class;
	__u32 CLASS;
	__u64 object;
	__u8 string : 3;
	__u8 event : 5;
	__u8 get_hash_code;
	__u16 odd_names;
};

struct load {
	struct odd_names load;
	struct odd_names params[2][3];
};

enum base { BASE_CHECKED, BASE_checked, BASE_UNSAFE = 7, base_unsafe };

enum limit { LIMIT_NONE = 0, LIMIT_ALL = 0xFFFFFFFFFFFFFFFF };

enum sign { SIGN_LEAST = -0x7FFFFFFFFFFFFFFF - 1, SIGN_MOST = 0x7FFFFFFFFFFFFFFF };

/* Bit fields in unions, nameless parts within nameless parts, and what has a place but no size. */
struct record {
	union {
		struct {
			__u32 low : 12;
			__u32 : 4;
			__s32 high : 16;
		};
		__u64 wide : 40;
		union {
			__u8 bytes[8];
			struct {
				enum limit limit;
			};
		};
	};
	enum base base : 8;
	_Bool operator : 1;
	enum sign sign;
	char text[2][16];
	void *(*delegate)(void *);
	struct {} nothing;
	struct {
		__u16 namespace;
	} spec, specs[2];
	__u32 rest[];
};

typedef struct {
	__u32 a;
} thing_t;

typedef struct {
	__u64 a;
} thing;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, struct odd_names);
	__type(value, struct load);
} load SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, thing_t);
} odd_names SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, thing);
} dispose SEC(".maps");

struct record *spec;
struct record **Spec;
struct odd_names object[2][2];
const volatile enum limit Load = LIMIT_ALL;
__u32 LOAD = 1;
unsigned __int128 attach_all = 2;
thing_t views[3];

SEC("xdp")
int class(void *ctx)
{
	return LOAD + object[1][1].class;
}

SEC("xdp")
int Class(void *ctx)
{
	return views[2].a + (spec == 0) + (Spec == 0) + attach_all + (Load == LIMIT_NONE);
}

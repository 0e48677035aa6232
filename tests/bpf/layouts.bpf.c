// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Struct layouts that a C# struct has to match field by field: bool and char, arrays, nested structs, anonymous
 * unions and structs, bitfields, enums, padding, and packing. `fill` writes known values into entry 0 of each map,
 * so that a test reads them through its own struct.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

enum color { RED = 1, GREEN = 2, BLUE = 3 };

struct inner {
	__u16 port;
	__u8 flags;
	/* one byte of padding, none at the end */
	__u32 weight;
};

/* Every scalar, with the padding that alignment asks for. */
struct scalars {
	_Bool yes;
	char letter;
	__s8 tiny;
	__u8 byte;
	__s16 small;
	__u16 port;
	__s32 number;
	__u32 count;
	__s64 large;
	__u64 total;
	enum color color;
	/* 4 bytes of padding */
};

struct arrays {
	char comm[16];
	__u8 mac[6];
	/* 2 bytes of padding */
	__u32 numbers[3];
	struct inner inners[2];
	__u16 matrix[2][3];
};

struct nested {
	struct inner first;
	struct {
		__u32 a;
		__u32 b;
	};
	union {
		__u32 ipv4;
		__u8 ipv6[16];
	};
	union {
		__u64 whole;
		struct {
			__u32 low;
			__u32 high;
		};
	} named;
};

struct bitfields {
	__u32 three : 3;
	__u32 five : 5;
	__u32 : 8;
	__u32 sixteen : 16;
	__s32 signed_four : 4;
	__u64 wide : 40;
};

struct packed {
	__u8 tag;
	__u32 value;
	__u16 tail;
} __attribute__((packed));

/* Same size as the next, fields swapped: only BTF can tell them apart. */
struct bytes_then_packets {
	__u64 bytes;
	__u64 packets;
};

struct packets_then_bytes {
	__u64 packets;
	__u64 bytes;
};

#define ONE_ENTRY(c_type, name)				\
	struct {					\
		__uint(type, BPF_MAP_TYPE_ARRAY);	\
		__uint(max_entries, 1);			\
		__type(key, __u32);			\
		__type(value, c_type);			\
	} name SEC(".maps")

ONE_ENTRY(struct scalars, scalars_map);
ONE_ENTRY(struct arrays, arrays_map);
ONE_ENTRY(struct nested, nested_map);
ONE_ENTRY(struct bitfields, bitfields_map);
ONE_ENTRY(struct packed, packed_map);
ONE_ENTRY(struct bytes_then_packets, swapped_map);
ONE_ENTRY(struct packets_then_bytes, ordered_map);

SEC("xdp")
int fill(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct scalars *scalars = bpf_map_lookup_elem(&scalars_map, &zero);
	struct arrays *arrays = bpf_map_lookup_elem(&arrays_map, &zero);
	struct nested *nested = bpf_map_lookup_elem(&nested_map, &zero);
	struct bitfields *bits = bpf_map_lookup_elem(&bitfields_map, &zero);
	struct packed *packed = bpf_map_lookup_elem(&packed_map, &zero);
	struct bytes_then_packets *swapped = bpf_map_lookup_elem(&swapped_map, &zero);
	struct packets_then_bytes *ordered = bpf_map_lookup_elem(&ordered_map, &zero);

	if (!scalars || !arrays || !nested || !bits || !packed || !swapped || !ordered)
		return 0;

	*scalars = (struct scalars){
		.yes = 1, .letter = 'x', .tiny = -7, .byte = 200, .small = -12345, .port = 54321,
		.number = -1234567890, .count = 3234567890u, .large = -1234567890123456789ll,
		.total = 12345678901234567890ull, .color = BLUE,
	};

	__builtin_memcpy(arrays->comm, "ebpfnet", 8);
	for (int i = 0; i < 6; i++)
		arrays->mac[i] = 0xa0 + i;
	for (int i = 0; i < 3; i++)
		arrays->numbers[i] = 100 * (i + 1);
	arrays->inners[0] = (struct inner){ .port = 80, .flags = 1, .weight = 11 };
	arrays->inners[1] = (struct inner){ .port = 443, .flags = 2, .weight = 22 };
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 3; j++)
			arrays->matrix[i][j] = 10 * i + j;

	nested->first = (struct inner){ .port = 8080, .flags = 3, .weight = 33 };
	nested->a = 1;
	nested->b = 2;
	for (int i = 0; i < 16; i++)
		nested->ipv6[i] = i + 1;
	nested->named.low = 0x11111111;
	nested->named.high = 0x22222222;

	bits->three = 5;
	bits->five = 17;
	bits->sixteen = 0xbeef;
	bits->signed_four = -3;
	bits->wide = 0x123456789aull;

	*packed = (struct packed){ .tag = 9, .value = 0xdeadbeef, .tail = 0x1234 };
	*swapped = (struct bytes_then_packets){ .bytes = 1500, .packets = 1 };
	*ordered = (struct packets_then_bytes){ .packets = 2, .bytes = 3000 };
	return 1;
}

char _license[] SEC("license") = "Dual MIT/GPL";

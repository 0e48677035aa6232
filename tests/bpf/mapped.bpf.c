// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Arrays in memory that user space maps, with values of sizes that the kernel's rounding to 8 bytes treats differently.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"
#include "ebpfnet_ringbuf.h"

#define LENGTH 16

struct triple {
	__u32 a, b, c;
};

struct pair {
	__u64 a, b;
};

struct odd {
	__u8 a, b, c;
};

#define MAPPED(name, type_of_value)                \
	struct {                                   \
		__uint(type, BPF_MAP_TYPE_ARRAY);  \
		__uint(map_flags, BPF_F_MMAPABLE); \
		__uint(max_entries, LENGTH);       \
		__type(key, __u32);                \
		__type(value, type_of_value);      \
	} name SEC(".maps")

MAPPED(bytes, __u8);
MAPPED(odds, struct odd);
MAPPED(words, __u32);
MAPPED(longs, __u64);
MAPPED(triples, struct triple);
MAPPED(pairs, struct pair);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_RDONLY_PROG);
	__uint(max_entries, LENGTH);
	__type(key, __u32);
	__type(value, __u64);
} constants SEC(".maps");

EBPFNET_RINGBUF(events, 64 * 1024);

/* How often `count` ran: a run that a signal interrupts is begun anew. */
__u64 runs;

/* Adds 1 to every number of every element; returns the sum of the constants. */
SEC("xdp")
int increase(struct xdp_md *ctx)
{
	__u32 sum = 0;

	for (__u32 i = 0; i < LENGTH; i++) {
		__u32 key = i;
		__u8 *byte = bpf_map_lookup_elem(&bytes, &key);
		struct odd *odd = bpf_map_lookup_elem(&odds, &key);
		__u32 *word = bpf_map_lookup_elem(&words, &key);
		__u64 *number = bpf_map_lookup_elem(&longs, &key);
		struct triple *triple = bpf_map_lookup_elem(&triples, &key);
		struct pair *pair = bpf_map_lookup_elem(&pairs, &key);
		__u64 *constant = bpf_map_lookup_elem(&constants, &key);

		if (!byte || !odd || !word || !number || !triple || !pair || !constant)
			return -1;
		++*byte;
		odd->a++;
		odd->b++;
		odd->c++;
		++*word;
		++*number;
		triple->a++;
		triple->b++;
		triple->c++;
		pair->a++;
		pair->b++;
		sum += *constant;
	}
	return sum;
}

/* Adds to the second element of `words` and of `longs`, and says so in `events`. */
SEC("xdp")
int count(struct xdp_md *ctx)
{
	__u32 key = 1;
	__u32 *word = bpf_map_lookup_elem(&words, &key);
	__u64 *number = bpf_map_lookup_elem(&longs, &key);
	__u64 *record;

	if (!word || !number)
		return -1;
	__sync_fetch_and_add(&runs, 1);
	__sync_fetch_and_add(word, 1);
	__sync_fetch_and_add(number, 3);
	record = ebpfnet_ringbuf_reserve(events, sizeof(*record));
	if (!record)
		return 0;
	*record = *number;
	bpf_ringbuf_submit(record, 0);
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Producers of ring buffer records. Each run of a program makes one record (the test run's repeat makes many). The packet's
 * first byte is the producer's number; what it makes, and what came of it, stands in `producers`.
 */
#include "ebpfnet_ringbuf.h"

#define MAX_PRODUCERS 8
#define MAX_WORDS 63

struct producer {
	__u64 next;	     /* sequence number of the next record; counts those that are lost or discarded, too */
	__u64 lost;	     /* found no room */
	__u64 discarded;
	__u64 flags;	     /* of submit */
	__u32 max_words;     /* the payload's length varies up to this */
	__u32 discard_every; /* 0: none */
};

/* A record of `varied`: this, then `words` numbers, then up to 7 bytes that make the length odd. */
struct varied {
	__u64 sequence;
	__u64 checksum; /* of the numbers */
	__u32 producer;
	__u32 words;
	__u64 numbers[125]; /* the length's limit that the verifier sees is the next power of two */
};

struct fixed {
	__u64 sequence;
	__u64 numbers[7];
};

struct large {
	__u64 sequence;
	__u64 numbers[255];
};

EBPFNET_RINGBUF(events, 64 * 1024);

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, MAX_PRODUCERS);
	__type(key, __u32);
	__type(value, struct producer);
} producers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, MAX_PRODUCERS);
	__type(key, __u32);
	__type(value, struct varied);
} scratch SEC(".maps");

static __always_inline struct producer *find_producer(struct xdp_md *ctx, __u32 *number)
{
	__u8 *data = xdp_data(ctx);

	if (data + 1 > (__u8 *)xdp_data_end(ctx))
		return NULL;
	*number = *data % MAX_PRODUCERS;
	return bpf_map_lookup_elem(&producers, number);
}

/* Records of many lengths, with a checksum; some are discarded. */
SEC("xdp")
int varied(struct xdp_md *ctx)
{
	__u32 number;
	struct producer *producer = find_producer(ctx, &number);

	if (!producer)
		return 1;
	struct varied *record = bpf_map_lookup_elem(&scratch, &number);

	if (!record)
		return 1;
	__u64 sequence = producer->next++;

	if (producer->discard_every && sequence % producer->discard_every == 0) {
		void *unwanted = ebpfnet_ringbuf_reserve(events, 40);

		if (unwanted) {
			bpf_ringbuf_discard(unwanted, producer->flags);
			producer->discarded++;
		} else {
			producer->lost++;
		}
		return 0;
	}

	__u32 words = sequence % ((__u64)producer->max_words + 1) & MAX_WORDS;
	__u64 checksum = 0, value = sequence * 0x9e3779b97f4a7c15;

	for (__u32 i = 0; i < MAX_WORDS; i++) {
		if (i >= words)
			break;
		value ^= value >> 29;
		value *= 0xbf58476d1ce4e5b9;
		checksum = (checksum << 1 | checksum >> 63) ^ value;
		record->numbers[i] = value;
	}
	record->sequence = sequence;
	record->checksum = checksum;
	record->producer = number;
	record->words = words;
	/* The verifier has to see the limit at this very place. */
	__asm__ volatile("" : "+r"(words));
	words &= MAX_WORDS;
	if (ebpfnet_ringbuf_output(events, record, 24 + words * 8 + sequence % 8, producer->flags))
		producer->lost++;
	return 0;
}

/* Records of 64 bytes. */
SEC("xdp")
int fixed(struct xdp_md *ctx)
{
	__u32 number;
	struct producer *producer = find_producer(ctx, &number);

	if (!producer)
		return 1;
	__u64 sequence = producer->next++;
	struct fixed *record = ebpfnet_ringbuf_reserve(events, sizeof(*record));

	if (!record) {
		producer->lost++;
		return 0;
	}
	record->sequence = sequence;
	for (int i = 0; i < 7; i++)
		record->numbers[i] = sequence + i;
	bpf_ringbuf_submit(record, producer->flags);
	return 0;
}

/* Records of 64 bytes that say when they were submitted. */
SEC("xdp")
int stamped(struct xdp_md *ctx)
{
	__u32 number;
	struct producer *producer = find_producer(ctx, &number);

	if (!producer)
		return 1;
	struct fixed *record = ebpfnet_ringbuf_reserve(events, sizeof(*record));

	if (!record)
		return 0;
	record->sequence = producer->next++;
	for (int i = 1; i < 7; i++)
		record->numbers[i] = 0;
	record->numbers[0] = bpf_ktime_get_ns();
	bpf_ringbuf_submit(record, producer->flags);
	return 0;
}

/* Records of 2 KiB, of which only the beginning is written. */
SEC("xdp")
int large(struct xdp_md *ctx)
{
	__u32 number;
	struct producer *producer = find_producer(ctx, &number);

	if (!producer)
		return 1;
	__u64 sequence = producer->next++;
	struct large *record = ebpfnet_ringbuf_reserve(events, sizeof(*record));

	if (!record) {
		producer->lost++;
		return 0;
	}
	record->sequence = sequence;
	for (int i = 0; i < 7; i++)
		record->numbers[i] = sequence + i;
	bpf_ringbuf_submit(record, producer->flags);
	return 0;
}

/* One record of 64 bytes that stays reserved for a few milliseconds before it is submitted. */
SEC("xdp")
int slow(struct xdp_md *ctx)
{
	__u32 number;
	struct producer *producer = find_producer(ctx, &number);

	if (!producer)
		return 1;
	struct fixed *record = ebpfnet_ringbuf_reserve(events, sizeof(*record));

	if (!record) {
		producer->lost++;
		return 0;
	}
	__u64 now = bpf_ktime_get_ns(), end = now + 20000000;

	record->sequence = producer->next++;
	for (int i = 0; i < 7; i++)
		record->numbers[i] = 0;
	for (int i = 0; i < 100000 && now < end; i++) {
		bpf_get_prandom_u32();
		now = bpf_ktime_get_ns();
	}
	bpf_ringbuf_submit(record, producer->flags);
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";

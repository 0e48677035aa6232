/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Ring buffers whose lost records are counted. The kernel does not count a record that finds no room; these
 * macros do, in a map beside the buffer, which EbpfNet's BpfRingBuffer.LostRecords reads:
 *
 *	EBPFNET_RINGBUF(events, 256 * 1024);
 *
 *	struct event *e = ebpfnet_ringbuf_reserve(events, sizeof(*e));
 *	if (!e)
 *		return 0;
 *	...
 *	bpf_ringbuf_submit(e, 0);
 */
#ifndef EBPFNET_RINGBUF_H
#define EBPFNET_RINGBUF_H

#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

/* Flags of submit, discard and output. */
#define BPF_RB_NO_WAKEUP (1ULL << 0)
#define BPF_RB_FORCE_WAKEUP (1ULL << 1)

/* What bpf_ringbuf_query tells. */
#define BPF_RB_AVAIL_DATA 0
#define BPF_RB_RING_SIZE 1
#define BPF_RB_CONS_POS 2
#define BPF_RB_PROD_POS 3

EBPFNET_HELPER(130, long, bpf_ringbuf_output, void *ring, void *data, __u64 size, __u64 flags);
EBPFNET_HELPER(131, void *, bpf_ringbuf_reserve, void *ring, __u64 size, __u64 flags);
EBPFNET_HELPER(132, void, bpf_ringbuf_submit, void *record, __u64 flags);
EBPFNET_HELPER(133, void, bpf_ringbuf_discard, void *record, __u64 flags);
EBPFNET_HELPER(134, __u64, bpf_ringbuf_query, void *ring, __u64 what);

/* A ring buffer of so many bytes (a power of two, at least a page), and its counter of lost records, NAME_lost. */
#define EBPFNET_RINGBUF(name, bytes)                  \
	struct {                                      \
		__uint(type, BPF_MAP_TYPE_RINGBUF);   \
		__uint(max_entries, bytes);           \
	} name SEC(".maps");                          \
	struct {                                      \
		__uint(type, BPF_MAP_TYPE_ARRAY);     \
		__uint(map_flags, BPF_F_MMAPABLE);    \
		__uint(max_entries, 1);               \
		__type(key, __u32);                   \
		__type(value, __u64);                 \
	} name##_lost SEC(".maps")

/* bpf_ringbuf_reserve, or NULL and one more lost. Submit or discard what it returns. */
#define ebpfnet_ringbuf_reserve(name, size)                              \
	({                                                               \
		void *__reserved = bpf_ringbuf_reserve(&name, (size), 0);\
		if (!__reserved)                                         \
			ebpfnet_ringbuf_count_lost(&name##_lost);        \
		__reserved;                                              \
	})

/* bpf_ringbuf_output, which copies; an error, and one more lost, when there is no room. */
#define ebpfnet_ringbuf_output(name, data, size, flags)                             \
	({                                                                          \
		long __failed = bpf_ringbuf_output(&name, (data), (size), (flags)); \
		if (__failed)                                                       \
			ebpfnet_ringbuf_count_lost(&name##_lost);                   \
		__failed;                                                           \
	})

static __always_inline void ebpfnet_ringbuf_count_lost(void *counters)
{
	__u32 first = 0;
	__u64 *counter = bpf_map_lookup_elem(counters, &first);

	if (counter)
		__sync_fetch_and_add(counter, 1);
}

#endif

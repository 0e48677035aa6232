// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* A program that reads what user space has written: each record's length, and the sum of its numbers. */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define BPF_MAP_TYPE_USER_RINGBUF 31

struct bpf_dynptr;

EBPFNET_HELPER(201, long, bpf_dynptr_read, void *to, __u32 size, const struct bpf_dynptr *from, __u32 offset, __u64 flags);
EBPFNET_HELPER(209, long, bpf_user_ringbuf_drain, void *map, void *callback, void *context, __u64 flags);

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 4096);
} requests SEC(".maps");

__u64 drained;		/* records */
__u64 sum;		/* of their first numbers */
__u64 out_of_order;	/* records whose first number is not greater than the one before */
__u64 last;
__u64 flags;		/* of drain */

static long take(struct bpf_dynptr *record, void *context)
{
	__u64 number;

	if (bpf_dynptr_read(&number, sizeof(number), record, 0, 0))
		return 0;
	if (drained && number <= last)
		out_of_order++;
	last = number;
	drained++;
	sum += number;
	return 0;
}

/* Returns the number of records, or 1 << 31 plus an error. */
SEC("xdp")
int drain(struct xdp_md *ctx)
{
	long count = bpf_user_ringbuf_drain(&requests, take, NULL, flags);

	return count < 0 ? (int)(0x80000000U - (__u32)count) : (int)count;
}

char _license[] SEC("license") = "Dual MIT/GPL";

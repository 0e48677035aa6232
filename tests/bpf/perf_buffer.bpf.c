// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/* Programs that give records to a perf event array: a number, and as many bytes of the packet as its first byte says; or many zeros. */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define BPF_F_CURRENT_CPU 0xffffffffULL

EBPFNET_HELPER(25, long, bpf_perf_event_output, void *context, void *map, __u64 flags, void *data, __u64 size);

struct record {
	__u64 sequence;
	__u32 cpu;
	__u32 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, 0);
	__type(key, __u32);
	__type(value, __u32);
} events SEC(".maps");

__u64 next; /* counts those that are lost, too */
__u64 failed;
__u8 zeros[20000];
__u32 began;
__u32 ended;

SEC("xdp")
int give(struct xdp_md *ctx)
{
	__u8 *data = xdp_data(ctx);

	if (data + 1 > (__u8 *)xdp_data_end(ctx))
		return 1;
	struct record record = {
		.sequence = __sync_fetch_and_add(&next, 1),
		.cpu = bpf_get_smp_processor_id(),
		.bytes = *data,
	};

	/* The upper half of the flags is how much of the packet follows. */
	if (bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU | (__u64)*data << 32, &record, sizeof(record)))
		__sync_fetch_and_add(&failed, 1);
	return 0;
}

/* A record that takes much longer to be written than what lies between two. */
SEC("xdp")
int give_zeros(struct xdp_md *ctx)
{
	if (bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, zeros, sizeof(zeros)))
		__sync_fetch_and_add(&failed, 1);
	return 0;
}

/* Is at it for many milliseconds. */
SEC("xdp")
int give_for_long(struct xdp_md *ctx)
{
	began = 1;
	for (int i = 0; i < 20000; i++)
		bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, zeros, sizeof(zeros));
	ended = 1;
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";

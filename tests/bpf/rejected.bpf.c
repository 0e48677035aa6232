// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Programs that the verifier refuses, each for one common mistake, and `accepted`, which it does not: load one at a
 * time. The line to blame in each is marked.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64[4]);
} table SEC(".maps");

SEC("xdp")
int accepted(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp")
int packet_out_of_bounds(struct xdp_md *ctx)
{
	__u8 *data = xdp_data(ctx);

	return data[12]; /* blame: data_end was never looked at */
}

SEC("xdp")
int missing_null_check(struct xdp_md *ctx)
{
	__u32 key = ctx->rx_queue_index; /* with a constant in range, kernels from 6.15 on know that it is found */
	__u64 *value = bpf_map_lookup_elem(&table, &key);

	return *value; /* blame: the lookup may have found nothing */
}

SEC("xdp")
int map_value_out_of_bounds(struct xdp_md *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&table, &key);

	if (!value)
		return XDP_PASS;
	return value[ctx->rx_queue_index & 7]; /* blame: the value has four elements */
}

SEC("xdp")
int infinite_loop(struct xdp_md *ctx)
{
	__u64 x = ctx->rx_queue_index;

again:
	asm volatile("" : "+r"(x));
	goto again; /* blame: never ends */
}

SEC("xdp")
int uninitialised_register(struct xdp_md *ctx)
{
	__u64 x;

	asm volatile("%0 = r9" : "=r"(x)); /* blame: nothing wrote to r9 */
	return x;
}

SEC("xdp")
int uninitialised_stack(struct xdp_md *ctx)
{
	__u32 key[1];

	asm volatile("" : : "r"(key) : "memory");
	return bpf_map_lookup_elem(&table, key + 8) != NULL; /* blame: reaches beyond the stack */
}

SEC("xdp")
int wrong_helper_argument(struct xdp_md *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(ctx, &key) != NULL; /* blame: the context is no map */
}

SEC("xdp")
int context_out_of_bounds(struct xdp_md *ctx)
{
	return ((volatile __u32 *)ctx)[64]; /* blame: struct xdp_md is not that long */
}

SEC("xdp")
int writes_to_context(struct xdp_md *ctx)
{
	((volatile struct xdp_md *)ctx)->rx_queue_index = 1; /* blame: the field is read-only */
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";

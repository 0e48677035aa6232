// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * More programs that the verifier refuses, each for one mistake, from Linux 5.10 on: load one at a time. The line to blame in each is marked.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define __naked __attribute__((naked))

EBPFNET_HELPER(84, void *, bpf_sk_lookup_tcp, void *ctx, void *tuple, __u32 size, __u64 netns, __u64 flags);
EBPFNET_HELPER(93, long, bpf_spin_lock, void *lock);
EBPFNET_HELPER(131, void *, bpf_ringbuf_reserve, void *ring, __u64 size, __u64 flags);
EBPFNET_HELPER(4711, long, bpf_of_the_future, void);

struct bpf_spin_lock {
	__u32 val;
};

struct locked {
	struct bpf_spin_lock lock;
	__u32 value;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64[4]);
} table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct locked);
} locked SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} records SEC(".maps");

const volatile __u32 constant = 7;

SEC("tc")
int map_index_without_limit(struct __sk_buff *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&table, &key);

	if (!value)
		return 0;
	return value[bpf_get_prandom_u32()]; /* blame: any index */
}

SEC("tc")
int map_index_below_zero(struct __sk_buff *ctx)
{
	__u32 key = 0;
	__u64 *value = bpf_map_lookup_elem(&table, &key);
	long index = (int)ctx->mark;

	asm volatile("" : "+r"(index));
	if (!value || index >= 4)
		return 0;
	return value[index]; /* blame: only compared with the largest */
}

SEC("xdp")
int packet_index_without_limit(struct xdp_md *ctx)
{
	__u8 *data = xdp_data(ctx);
	__u8 *end = xdp_data_end(ctx);
	__u64 offset = bpf_ktime_get_ns();

	data += offset; /* blame: any offset */
	if (data + 1 > end)
		return 0;
	return *data;
}

SEC("tc")
int size_without_limit(struct __sk_buff *ctx)
{
	char buffer[64] = {};

	bpf_skb_load_bytes(ctx, 0, buffer, ctx->len); /* blame: the packet may be longer than the buffer */
	return buffer[0];
}

SEC("tc")
__naked int no_return_value(void)
{
	asm volatile("exit"); /* blame: nothing in r0 */
}

SEC("cgroup/sock_create")
int wrong_return_value(void *ctx)
{
	return 2; /* blame: 0 or 1 */
}

SEC("tc")
int too_many_instructions(struct __sk_buff *ctx)
{
	__u64 sum = 0;

	for (__u32 i = 0; i < 10000000; i++) /* blame: too often */
		asm volatile("%0 += %1" : "+r"(sum) : "r"(i)); /* blame: as well */
	return sum;
}

SEC("tc")
__naked int too_many_jumps(void)
{
	/* blame: each leaves a path to be looked at later */
	asm volatile("r1 = *(u32 *)(r1 + 8); .set n, 1; .rept 8300; if r1 == n goto +0; r1 += 1; .set n, n + 3; .endr; r0 = 0; exit"); /* blame */
}

SEC("tc")
int unknown_helper(struct __sk_buff *ctx)
{
	return bpf_of_the_future(); /* blame: no kernel has it yet */
}

SEC("xdp")
int helper_of_another_kind(struct xdp_md *ctx)
{
	char buffer[4];

	return bpf_skb_load_bytes(ctx, 0, buffer, sizeof(buffer)); /* blame: not for XDP */
}

SEC("tc")
int unreleased_socket(struct __sk_buff *ctx)
{
	__u32 tuple[3] = {};

	return bpf_sk_lookup_tcp(ctx, tuple, sizeof(tuple), -1, 0) != NULL; /* blame: never released */
}

SEC("tc")
int unreleased_record(struct __sk_buff *ctx)
{
	__u32 *record = bpf_ringbuf_reserve(&records, sizeof(*record), 0);

	if (record)
		*record = ctx->len;
	return 0; /* blame: the record was not submitted */
}

SEC("tc")
__naked int stack_too_large(void)
{
	asm volatile("r0 = 0; *(u64 *)(r10 - 520) = r0; exit"); /* blame: 512 bytes */
}

static __noinline int large(struct __sk_buff *ctx)
{
	volatile char buffer[300];

	buffer[ctx->len & 255] = 1;
	return buffer[3];
}

SEC("tc")
int stack_too_large_together(struct __sk_buff *ctx) /* blame: no instruction in particular */
{
	volatile char buffer[300];

	buffer[ctx->len & 255] = 1;
	return buffer[ctx->mark & 255] + large(ctx);
}

SEC("tc")
__naked int unreachable_instruction(void)
{
	asm volatile("r0 = 0; exit; r0 = 1; exit"); /* blame: behind an exit */
}

SEC("tc")
int possibly_null_argument(struct __sk_buff *ctx)
{
	__u32 key = ctx->mark;
	__u64 *value = bpf_map_lookup_elem(&table, &key);

	return bpf_map_update_elem(&table, &key, value, 0); /* blame: the lookup may have found nothing */
}

SEC("tc")
int writes_to_constant(struct __sk_buff *ctx)
{
	*(volatile __u32 *)&constant = 8; /* blame: it is const */
	return 0;
}

SEC("tc")
int lock_left_locked(struct __sk_buff *ctx)
{
	__u32 key = 0;
	struct locked *value = bpf_map_lookup_elem(&locked, &key);

	if (value)
		bpf_spin_lock(&value->lock);
	return 0; /* blame: never unlocked */
}

SEC("tc")
int pointer_times_two(struct __sk_buff *ctx)
{
	__u64 x = (__u64)ctx;

	asm volatile("%0 *= 2" : "+r"(x)); /* blame: a pointer is no number */
	return ((struct __sk_buff *)x)->len;
}

char _license[] SEC("license") = "GPL";

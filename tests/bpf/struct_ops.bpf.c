// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * TCP congestion controls: kernel structs of functions (struct_ops) that programs implement, registered with a link and
 * without one, by several maps that share their programs, and one that is created on request only.
 */
#include "ebpfnet_core.h"

struct sock;

struct tcp_sock {
	__u32 snd_cwnd;
	__u32 snd_ssthresh;
} EBPFNET_CORE;

/* Of the kernel's struct only what is set here, in an order of our own. */
struct tcp_congestion_ops {
	char name[16];
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 acknowledged, __u32 count);
	void (*init)(struct sock *sk);
	void (*release)(struct sock *sk);
	__u32 flags;
};

/* A flavour: the same kernel struct, with members that no kernel has. */
struct tcp_congestion_ops___wider {
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	void (*cong_avoid)(struct sock *sk, __u32 acknowledged, __u32 count);
	void (*not_there)(struct sock *sk);
	__u64 nothing;
	char name[16];
};

__u64 connections = 0;
__u64 ended = 0;
__u64 acknowledgements = 0;
__u32 growth = 1;

SEC("struct_ops/ssthresh")
__u32 half(__u64 *arguments)
{
	struct tcp_sock *tcp = (void *)arguments[0];
	__u32 window = tcp->snd_cwnd / 2;

	return window > 2 ? window : 2;
}

SEC("struct_ops/undo_cwnd")
__u32 as_before(__u64 *arguments)
{
	struct tcp_sock *tcp = (void *)arguments[0];

	return tcp->snd_cwnd;
}

static __noinline __u32 grown(__u32 window, __u32 by)
{
	return window + by;
}

SEC("struct_ops/cong_avoid")
void grow(__u64 *arguments)
{
	struct tcp_sock *tcp = (void *)arguments[0];

	__sync_fetch_and_add(&acknowledgements, 1);
	tcp->snd_cwnd = grown(tcp->snd_cwnd, growth);
}

SEC("struct_ops")
void begin(__u64 *arguments)
{
	__sync_fetch_and_add(&connections, 1);
}

SEC("struct_ops/release")
void end(__u64 *arguments)
{
	__sync_fetch_and_add(&ended, 1);
}

/* In no map that is created unless somebody asks for it. */
SEC("?struct_ops.s/cong_avoid")
void stay(__u64 *arguments)
{
}

SEC(".struct_ops.link")
struct tcp_congestion_ops with_link = {
	.ssthresh = (void *)half,
	.undo_cwnd = (void *)as_before,
	.cong_avoid = (void *)grow,
	.init = (void *)begin,
	.release = (void *)end,
	.name = "ebpfnet_link",
};

/* To take the place of the one above, which its name allows. */
SEC(".struct_ops.link")
struct tcp_congestion_ops successor = {
	.ssthresh = (void *)half,
	.undo_cwnd = (void *)as_before,
	.cong_avoid = (void *)grow,
	.name = "ebpfnet_link",
};

SEC(".struct_ops")
struct tcp_congestion_ops without_link = {
	.ssthresh = (void *)half,
	.undo_cwnd = (void *)as_before,
	.cong_avoid = (void *)grow,
	.init = (void *)begin,
	.name = "ebpfnet_plain",
};

SEC("?.struct_ops.link")
struct tcp_congestion_ops___wider on_request = {
	.ssthresh = (void *)half,
	.undo_cwnd = (void *)as_before,
	.cong_avoid = (void *)stay,
	.name = "ebpfnet_request",
};

char _license[] SEC("license") = "Dual MIT/GPL";

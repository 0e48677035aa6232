// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Structs of functions (struct_ops) that do not fit the kernel's, each for one reason. None is created unless asked for.
 */
#include "ebpfnet_core.h"

struct sock;

/* Has a function and a number that the kernel's does not have. */
struct tcp_congestion_ops___more {
	__u32 (*ssthresh)(struct sock *sk);
	void (*not_there)(struct sock *sk);
	__u64 nothing;
	char name[16];
};

/* A member of another size. */
struct tcp_congestion_ops___longer {
	__u64 flags;
};

/* A member of another kind. */
struct tcp_congestion_ops___kind {
	__u64 ssthresh;
};

struct tcp_congestion_ops___bits {
	__u32 flags : 3;
};

struct tcp_congestion_ops {
	__u32 (*ssthresh)(struct sock *sk);
	__u32 (*undo_cwnd)(struct sock *sk);
	void *owner;
};

struct ebpfnet_no_such_ops {
	__u32 (*ssthresh)(struct sock *sk);
};

/* A struct that the kernel has, and lets no program implement. */
struct task_struct {
	int pid;
};

SEC("?struct_ops")
__u32 two(__u64 *arguments)
{
	return 2;
}

/* In no map. */
SEC("?struct_ops")
__u32 unused(__u64 *arguments)
{
	return 3;
}

SEC("?.struct_ops")
struct tcp_congestion_ops___more unknown_function = { .not_there = (void *)two };

SEC("?.struct_ops")
struct tcp_congestion_ops___more unknown_number = { .ssthresh = (void *)two, .nothing = 1 };

SEC("?.struct_ops")
struct tcp_congestion_ops___longer longer = { .flags = 0 };

SEC("?.struct_ops")
struct tcp_congestion_ops___kind other_kind = { .ssthresh = 0 };

SEC("?.struct_ops")
struct tcp_congestion_ops___bits bits = { .flags = 1 };

SEC("?.struct_ops")
struct tcp_congestion_ops twice = { .ssthresh = (void *)two, .undo_cwnd = (void *)two };

SEC("?.struct_ops")
struct tcp_congestion_ops pointer = { .ssthresh = (void *)two, .owner = (void *)8 };

SEC("?.struct_ops")
struct ebpfnet_no_such_ops no_such = { .ssthresh = (void *)two };

SEC("?.struct_ops")
struct task_struct no_ops = { .pid = 1 };

char _license[] SEC("license") = "Dual MIT/GPL";

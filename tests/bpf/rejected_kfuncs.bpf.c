// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Programs that the verifier refuses for the kernel functions that they call, one mistake each.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

struct task_struct {
	int pid;
} __attribute__((preserve_access_index));

struct sock_common {
	unsigned short skc_family;
} __attribute__((preserve_access_index));

int bpf_sock_destroy(struct sock_common *sock) __attribute__((section(".ksyms")));
struct task_struct *bpf_task_acquire(struct task_struct *task) __attribute__((section(".ksyms")));

int bpf_xdp_metadata_rx_timestamp(const struct xdp_md *ctx, __u64 *timestamp) __attribute__((section(".ksyms")));

SEC("tc")
int of_another_kind(struct __sk_buff *ctx)
{
	return bpf_sock_destroy((void *)ctx); /* blame: for iterators */
}

SEC("xdp")
int not_bound(struct xdp_md *ctx)
{
	__u64 time;

	return bpf_xdp_metadata_rx_timestamp(ctx, &time); /* blame: for programs bound to an interface */
}

SEC("xdp")
int wrong_argument(struct xdp_md *ctx)
{
	return bpf_task_acquire((void *)ctx) != NULL; /* blame: the context is no task */
}

SEC("tp_btf/task_newtask")
int unreleased_task(__u64 *ctx)
{
	bpf_task_acquire((struct task_struct *)ctx[0]);
	return 0; /* blame: never released */
}

char _license[] SEC("license") = "GPL";

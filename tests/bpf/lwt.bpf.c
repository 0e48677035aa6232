// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Programs of routes (lightweight tunnels), which count the packets that take them.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define BPF_OK 0
#define BPF_DROP 2

__u64 seen;

static int count(int verdict)
{
	__sync_fetch_and_add(&seen, 1);
	return verdict;
}

SEC("lwt_in")
int coming(struct __sk_buff *ctx)
{
	return count(BPF_OK);
}

SEC("lwt_out")
int going(struct __sk_buff *ctx)
{
	return count(BPF_OK);
}

SEC("lwt_xmit")
int leaving(struct __sk_buff *ctx)
{
	return count(BPF_OK);
}

SEC("lwt_xmit")
int dropping(struct __sk_buff *ctx)
{
	return count(BPF_DROP);
}

SEC("lwt_seg6local")
int at_the_end_of_a_segment(struct __sk_buff *ctx)
{
	return count(BPF_OK);
}

char _license[] SEC("license") = "Dual MIT/GPL";

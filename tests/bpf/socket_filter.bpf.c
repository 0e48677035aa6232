// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Socket filters: the return value is how many bytes of the packet are kept.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

__u64 packets_seen;

SEC("socket")
int keep_all(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&packets_seen, 1);
	return skb->len;
}

SEC("socket")
int keep_none(struct __sk_buff *skb)
{
	return 0;
}

/* The byte at offset 0 as the verdict: under BPF_PROG_TEST_RUN that is byte 14, the first after the Ethernet header. */
SEC("socket")
int first_byte(struct __sk_buff *skb)
{
	__u8 byte = 0;

	bpf_skb_load_bytes(skb, 0, &byte, sizeof(byte));
	return byte;
}

char _license[] SEC("license") = "Dual MIT/GPL";

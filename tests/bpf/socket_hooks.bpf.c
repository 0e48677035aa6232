// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * A filter that counts packets and lets through `kept` bytes of each, and programs that choose among the sockets of a port: the one whose turn `chosen` says.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define SK_PASS 1

EBPFNET_HELPER(82, long, bpf_sk_select_reuseport, void *reuse, void *map, void *key, __u64 flags);

__u64 seen = 0;
__u32 kept = 0;
__u32 chosen = 0;
__u32 watched = 0;

struct {
	__uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

SEC("?socket")
int filter(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&seen, 1);
	return kept;
}

SEC("?socket")
int drop(struct __sk_buff *skb)
{
	return 0;
}

SEC("?socket")
int choose_by_index(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&seen, 1);
	return chosen;
}

SEC("?sk_reuseport")
int choose_from_map(void *reuse)
{
	__u32 key = chosen;

	__sync_fetch_and_add(&seen, 1);
	bpf_sk_select_reuseport(reuse, &sockets, &key, 0);
	return SK_PASS;
}

char LICENSE[] SEC("license") = "GPL";

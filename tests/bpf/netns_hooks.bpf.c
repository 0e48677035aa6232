// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Programs for network namespaces: what is for the port `steered` goes to the socket in the map; packets that are taken apart are counted, and left to the kernel.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define SK_PASS 1
#define BPF_OK 0

struct bpf_sk_lookup {
	__u64 cookie;
	__u32 family;
	__u32 protocol;
	__u32 remote_ip4;
	__u32 remote_ip6[4];
	__u32 remote_port;
	__u32 local_ip4;
	__u32 local_ip6[4];
	__u32 local_port; /* host byte order */
};

_Static_assert(__builtin_offsetof(struct bpf_sk_lookup, local_port) == 60, "struct bpf_sk_lookup");

EBPFNET_HELPER(86, long, bpf_sk_release, void *sock);
EBPFNET_HELPER(124, long, bpf_sk_assign, void *ctx, void *sock, __u64 flags);

__u64 seen = 0;
__u32 steered = 0;
__u32 watched = 0;

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} listeners SEC(".maps");

SEC("?sk_lookup")
int steer(struct bpf_sk_lookup *ctx)
{
	__u32 key = 0;
	void *listener;

	if (!steered || ctx->local_port != steered)
		return SK_PASS;
	listener = bpf_map_lookup_elem(&listeners, &key);
	if (!listener)
		return SK_PASS;
	__sync_fetch_and_add(&seen, 1);
	bpf_sk_assign(ctx, listener, 0);
	bpf_sk_release(listener);
	return SK_PASS;
}

SEC("?sk_lookup")
int leave(struct bpf_sk_lookup *ctx)
{
	return SK_PASS;
}

SEC("?flow_dissector")
int dissect(struct __sk_buff *skb)
{
	__sync_fetch_and_add(&seen, 1);
	return BPF_OK;
}

SEC("?flow_dissector")
int dissect_too(struct __sk_buff *skb)
{
	return BPF_OK;
}

char LICENSE[] SEC("license") = "GPL";

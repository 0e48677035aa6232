// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Maps of sockets: programs that pass data from socket to socket, and one that chooses a socket out of those that share a port.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define SK_DROP 0
#define SK_PASS 1
#define BPF_F_INGRESS (1ULL << 0)

/* What sk_skb programs see of a segment of the stream. */
struct segment {
	__u32 len;
	__u32 unused[32];
	__u32 remote_port; /* network byte order */
	__u32 local_port;  /* host byte order */
};

/* What sk_msg programs see of a message. */
struct message {
	__u64 data;
	__u64 data_end;
	__u32 family;
	__u32 remote_ip4;
	__u32 local_ip4;
	__u32 remote_ip6[4];
	__u32 local_ip6[4];
	__u32 remote_port;
	__u32 local_port;
};

_Static_assert(__builtin_offsetof(struct segment, local_port) == 136, "struct __sk_buff");
_Static_assert(__builtin_offsetof(struct message, local_port) == 64, "struct sk_msg_md");

EBPFNET_HELPER(52, long, bpf_sk_redirect_map, void *skb, void *map, __u32 key, __u64 flags);
EBPFNET_HELPER(71, long, bpf_msg_redirect_hash, void *message, void *map, void *key, __u64 flags);
EBPFNET_HELPER(72, long, bpf_sk_redirect_hash, void *skb, void *map, void *key, __u64 flags);
EBPFNET_HELPER(82, long, bpf_sk_select_reuseport, void *reuse, void *map, void *key, __u64 flags);

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, 8);
	__type(key, __u32); /* a local port */
	__type(value, __u64);
} by_port SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} unreadable SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} sharers SEC(".maps");

/* From the socket with the first port to that with the second, and back. */
__u32 ports[2];
__u64 redirected;
__u64 passed;
__u32 chosen;

/* 0 or 1 for the other socket's index, 2 for none. */
static __always_inline __u32 other_of(__u32 port)
{
	return port == ports[0] ? 1 : port == ports[1] ? 0 : 2;
}

SEC("sk_skb/stream_verdict")
int by_index(struct segment *ctx)
{
	__u32 other = other_of(ctx->local_port);

	if (other > 1) {
		__sync_fetch_and_add(&passed, 1);
		return SK_PASS;
	}
	__sync_fetch_and_add(&redirected, 1);
	return bpf_sk_redirect_map(ctx, &sockets, other, 0);
}

SEC("sk_skb")
int by_hash(struct segment *ctx)
{
	__u32 other = other_of(ctx->local_port);
	__u32 port;

	if (other > 1) {
		__sync_fetch_and_add(&passed, 1);
		return SK_PASS;
	}
	port = ports[other & 1];
	__sync_fetch_and_add(&redirected, 1);
	return bpf_sk_redirect_hash(ctx, &by_port, &port, 0);
}

/* What one socket sends the other receives, without a network in between. */
SEC("sk_msg")
int short_cut(struct message *ctx)
{
	__u32 other = other_of(ctx->local_port);
	__u32 port;

	if (other > 1) {
		__sync_fetch_and_add(&passed, 1);
		return SK_PASS;
	}
	port = ports[other & 1];
	__sync_fetch_and_add(&redirected, 1);
	return bpf_msg_redirect_hash(ctx, &by_port, &port, BPF_F_INGRESS);
}

SEC("sk_skb/stream_verdict")
int drop(struct segment *ctx)
{
	return SK_DROP;
}

/* The whole segment is one message. */
SEC("sk_skb/stream_parser")
int whole(struct segment *ctx)
{
	return ctx->len;
}

SEC("sk_reuseport")
int choose(void *ctx)
{
	__u32 index = chosen;

	bpf_sk_select_reuseport(ctx, &sharers, &index, 0);
	return SK_PASS; /* Whoever the kernel would choose, if nobody is at the index. */
}

char _license[] SEC("license") = "Dual MIT/GPL";

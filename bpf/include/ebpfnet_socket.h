/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * What programs that look up or redirect sockets see and call.
 */
#ifndef EBPFNET_SOCKET_H
#define EBPFNET_SOCKET_H

#include "ebpfnet_types.h"
#include "ebpfnet_helpers.h"

#define SK_DROP 0
#define SK_PASS 1

#define IPPROTO_TCP 6

/* What sk_lookup programs see: a packet that belongs to no connection yet, on its way to a listening socket. */
struct bpf_sk_lookup {
	__u64 socket;
	__u32 family;
	__u32 protocol;
	__u32 remote_ip4;
	__u32 remote_ip6[4];
	__be16 remote_port;
	__u16 unused;
	__u32 local_ip4;
	__u32 local_ip6[4];
	__u32 local_port; /* host byte order */
};

_Static_assert(__builtin_offsetof(struct bpf_sk_lookup, local_port) == 60, "struct bpf_sk_lookup");

/* What sk_skb programs see of struct __sk_buff: what a connection has received. */
struct sk_skb_context {
	__u32 len;
	__u32 unused[41];
	void *sk; /* the connection */
};

_Static_assert(__builtin_offsetof(struct sk_skb_context, sk) == 168, "struct __sk_buff");

EBPFNET_HELPER(46, __u64, bpf_get_socket_cookie, void *context);
EBPFNET_HELPER(50, long, bpf_skb_adjust_room, void *skb, __s32 change, __u32 mode, __u64 flags);
EBPFNET_HELPER(72, long, bpf_sk_redirect_hash, void *skb, void *map, void *key, __u64 flags);
EBPFNET_HELPER(86, long, bpf_sk_release, void *socket);
EBPFNET_HELPER(124, long, bpf_sk_assign, void *context, void *socket, __u64 flags);
EBPFNET_HELPER(137, void *, bpf_skc_to_tcp_sock, void *socket);

#endif

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * A program for every hook of control groups. Each counts in `seen` and allows everything, but for connections to the port `refused`.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define ALLOWED 1

struct bpf_sock_addr {
	__u32 user_family;
	__u32 user_ip4;
	__u32 user_ip6[4];
	__u32 user_port;
};

__u64 seen = 0;
__u32 refused = 0;
/* Which programs have run for that port, in order, a digit each. */
__u64 order = 0;
__u32 watched = 0;

#define ALLOWING(name, section)          \
	SEC("?" section)                     \
	int name(void *ctx)                  \
	{                                    \
		__sync_fetch_and_add(&seen, 1);  \
		return ALLOWED;                  \
	}

ALLOWING(skb_ingress, "cgroup_skb/ingress")
ALLOWING(skb_egress, "cgroup_skb/egress")
ALLOWING(skb, "cgroup/skb")
ALLOWING(sock_create, "cgroup/sock_create")
ALLOWING(sock_release, "cgroup/sock_release")
ALLOWING(sock, "cgroup/sock")
ALLOWING(post_bind4, "cgroup/post_bind4")
ALLOWING(post_bind6, "cgroup/post_bind6")
ALLOWING(bind4, "cgroup/bind4")
ALLOWING(bind6, "cgroup/bind6")
ALLOWING(connect6, "cgroup/connect6")
ALLOWING(connect_unix, "cgroup/connect_unix")
ALLOWING(sendmsg4, "cgroup/sendmsg4")
ALLOWING(sendmsg6, "cgroup/sendmsg6")
ALLOWING(sendmsg_unix, "cgroup/sendmsg_unix")
ALLOWING(recvmsg4, "cgroup/recvmsg4")
ALLOWING(recvmsg6, "cgroup/recvmsg6")
ALLOWING(recvmsg_unix, "cgroup/recvmsg_unix")
ALLOWING(getpeername4, "cgroup/getpeername4")
ALLOWING(getpeername6, "cgroup/getpeername6")
ALLOWING(getpeername_unix, "cgroup/getpeername_unix")
ALLOWING(getsockname4, "cgroup/getsockname4")
ALLOWING(getsockname6, "cgroup/getsockname6")
ALLOWING(getsockname_unix, "cgroup/getsockname_unix")
ALLOWING(sysctl, "cgroup/sysctl")
ALLOWING(getsockopt, "cgroup/getsockopt")
ALLOWING(setsockopt, "cgroup/setsockopt")
ALLOWING(dev, "cgroup/dev")
ALLOWING(sockops, "sockops")
ALLOWING(socket_bind, "lsm_cgroup/socket_bind")

SEC("?cgroup/connect4")
int connect4(struct bpf_sock_addr *ctx)
{
	__sync_fetch_and_add(&seen, 1);
	return refused && bpf_ntohs((__u16)ctx->user_port) == refused ? 0 : ALLOWED;
}

#define NOTING(name, digit)                                                \
	SEC("?cgroup/connect4")                                                \
	int name(struct bpf_sock_addr *ctx)                                    \
	{                                                                      \
		if (refused && bpf_ntohs((__u16)ctx->user_port) == refused)        \
			order = order * 10 + digit;                                    \
		return ALLOWED;                                                    \
	}

NOTING(first, 1)
NOTING(second, 2)
NOTING(third, 3)

char LICENSE[] SEC("license") = "GPL";

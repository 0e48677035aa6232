// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * tc programs that count the IPv4 packets that they see, and let the next program see them or drop them.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define TC_ACT_UNSPEC -1	/* the next one decides; TCX_NEXT, NETKIT_NEXT */
#define TC_ACT_SHOT 2

#define ETHERTYPE_IPV4 0x0008	/* as it is in the packet */

__u64 counted;		/* by `count` and those that are like it in other sections */
__u64 counted_too;	/* by `count_too` */
__u64 dropped;		/* by `drop` */

static int count_ipv4(struct __sk_buff *ctx, __u64 *counter, int verdict)
{
	if (ctx->protocol != ETHERTYPE_IPV4)
		return TC_ACT_UNSPEC;
	__sync_fetch_and_add(counter, 1);
	return verdict;
}

SEC("tc")
int count(struct __sk_buff *ctx)
{
	return count_ipv4(ctx, &counted, TC_ACT_UNSPEC);
}

SEC("tc")
int count_too(struct __sk_buff *ctx)
{
	return count_ipv4(ctx, &counted_too, TC_ACT_UNSPEC);
}

SEC("tc")
int drop(struct __sk_buff *ctx)
{
	return count_ipv4(ctx, &dropped, TC_ACT_SHOT);
}

SEC("tcx/ingress")
int on_the_way_in(struct __sk_buff *ctx)
{
	return count_ipv4(ctx, &counted, TC_ACT_UNSPEC);
}

SEC("tcx/egress")
int on_the_way_out(struct __sk_buff *ctx)
{
	return count_ipv4(ctx, &counted, TC_ACT_UNSPEC);
}

SEC("classifier")
int classify(struct __sk_buff *ctx)
{
	return count_ipv4(ctx, &counted, TC_ACT_UNSPEC);
}

SEC("action")
int act(struct __sk_buff *ctx)
{
	return count_ipv4(ctx, &counted, TC_ACT_UNSPEC);
}

SEC("netkit/primary")
int of_the_primary(struct __sk_buff *ctx)
{
	return count_ipv4(ctx, &counted, TC_ACT_UNSPEC);
}

SEC("netkit/peer")
int of_the_peer(struct __sk_buff *ctx)
{
	return count_ipv4(ctx, &counted, TC_ACT_UNSPEC);
}

char _license[] SEC("license") = "Dual MIT/GPL";

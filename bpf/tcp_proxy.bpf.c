// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * tcp_proxy: brings new TCP connections to any number of ports to one listening socket per app, and joins two
 * established connections, so that what one receives the other sends without a copy to user space.
 *
 * An app is a number: the index of its listening socket in `listeners`. Connections to ports that no app has go where
 * they would go without the program, and so do those of an app whose process is gone.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_core.h"
#include "ebpfnet_socket.h"

/* Sizes before user space changes them. */
#define DEFAULT_APPS 1024
#define DEFAULT_FLOWS 131072	/* one per joined pair of connections: one direction of the two is joined */

#define NAME_SIZE 64

/* Of bpf_skb_adjust_room, and as often as the largest packet needs. */
#define LARGEST_CUT 4095
#define MOST_CUTS 300

/* Of the kernel's TCP_* states, those in which a connection sends. */
#define STATE_ESTABLISHED 1
#define STATE_CLOSE_WAIT 8

/* In `ports`: nobody may connect here. For the ports that the listening sockets are bound to. */
#define TCP_PROXY_REFUSED 0xffffffff

struct tcp_proxy_app {
	char name[NAME_SIZE];	/* for the process that takes over */
};

struct tcp_proxy_steering {
	__u64 steered;	/* connection attempts brought to the app's socket */
	__u64 unserved;	/* found no socket there */
};

/* What user space says about a connection whose data the verdict program sees. Only user space writes it. */
struct tcp_proxy_join {
	__u64 forwarded;	/* of all the bytes that the connection has received, those that user space has put into the other's send queue */
};

/* What the verdict program did. Only the program writes it, under the connection's lock. */
struct tcp_proxy_flow {
	__u64 redirected;	/* bytes handed to the other connection */
	__u32 next;		/* the sequence number behind the last byte that the program has seen */
	__u32 end;		/* the sequence number that the other connection's send queue comes to with all that is redirected */
	__u32 is_seen;		/* whether it has seen any: `next` holds */
	__u32 is_streaming;	/* whether the last bytes were redirected: `end` holds */
	__u32 is_broken;	/* whether something could not be cut off: user space is handed what follows, and ends the connection */
	__u32 padding;
};

/* The kernel's, found by name when this is loaded. */
struct sock_common {
	unsigned char skc_state;
} EBPFNET_CORE;

struct sock {
	struct sock_common __sk_common;
	int sk_wmem_queued;
	int sk_sndbuf;
} EBPFNET_CORE;

struct inet_sock {
	struct sock sk;
} EBPFNET_CORE;

struct inet_connection_sock {
	struct inet_sock icsk_inet;
} EBPFNET_CORE;

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 write_seq;
	__u32 copied_seq;
	__u32 rcv_nxt;
	__u64 bytes_received;
} EBPFNET_CORE;

struct sk_buff {
	char cb[48];
} EBPFNET_CORE;

struct tcp_skb_cb {
	__u32 seq;
} EBPFNET_CORE;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 65536);
	__type(key, __u32);	/* the port */
	__type(value, __u32);	/* 0: nobody's; TCP_PROXY_REFUSED; else the app's number + 1 */
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, DEFAULT_APPS);
	__type(key, __u32);
	__type(value, __u64);
} listeners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DEFAULT_APPS);
	__type(key, __u32);
	__type(value, struct tcp_proxy_app);
} apps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DEFAULT_APPS);
	__type(key, __u32);
	__type(value, struct tcp_proxy_steering);
} steering SEC(".maps");

/* Under its cookie: a connection whose data the verdict program sees. */
struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, DEFAULT_FLOWS);
	__type(key, __u64);
	__type(value, __u64);
} sources SEC(".maps");

/* Under the cookie of such a connection: the other, which sends what it receives. No program sees that one's data. */
struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, DEFAULT_FLOWS);
	__type(key, __u64);
	__type(value, __u64);
} sinks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DEFAULT_FLOWS);
	__type(key, __u64);
	__type(value, struct tcp_proxy_join);
} joins SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DEFAULT_FLOWS);
	__type(key, __u64);
	__type(value, struct tcp_proxy_flow);
} flows SEC(".maps");

SEC("sk_lookup")
int tcp_proxy_steer(struct bpf_sk_lookup *ctx)
{
	struct tcp_proxy_steering *counters;
	__u32 port = ctx->local_port;
	void *socket;
	__u32 *entry;
	__u32 app;
	long error;

	if (ctx->protocol != IPPROTO_TCP)
		return SK_PASS;
	entry = bpf_map_lookup_elem(&ports, &port);
	if (!entry || *entry == 0)
		return SK_PASS;
	if (*entry == TCP_PROXY_REFUSED)
		return SK_DROP;
	app = *entry - 1;
	counters = bpf_map_lookup_elem(&steering, &app);
	socket = bpf_map_lookup_elem(&listeners, &app);
	if (!socket) {
		if (counters)
			counters->unserved++;
		return SK_PASS;
	}
	error = bpf_sk_assign(ctx, socket, 0);
	bpf_sk_release(socket);
	if (counters && !error)
		counters->steered++;
	return error ? SK_DROP : SK_PASS;
}

/*
 * Whether there is room for so many bytes more in the other connection's send queue, all that is on its way there counted
 * in; then they are counted, too. What is redirected without room would wait for it in a queue that has no bound. One that
 * was reset takes nothing: user space is handed the data, and finds out.
 */
static __attribute__((always_inline)) int takes(struct tcp_proxy_flow *flow, __u64 *cookie, __u32 length)
{
	void *socket = bpf_map_lookup_elem(&sinks, cookie);
	struct tcp_sock *other;
	__u32 written;
	__u8 state;
	__s64 room;
	int result = 0;

	if (!socket)
		return 0;
	other = bpf_skc_to_tcp_sock(socket);
	if (other) {
		written = other->write_seq;
		if (!flow->is_streaming)
			flow->end = written;
		state = other->inet_conn.icsk_inet.sk.__sk_common.skc_state;
		room = (__u32)other->inet_conn.icsk_inet.sk.sk_sndbuf / 4 * 3LL - other->inet_conn.icsk_inet.sk.sk_wmem_queued;
		result = (state == STATE_ESTABLISHED || state == STATE_CLOSE_WAIT) && (__s64)(flow->end - written) + length <= room;
		if (result) {
			flow->is_streaming = 1;
			flow->end += length;
			flow->redirected += length;
		}
	}
	bpf_sk_release(socket);
	return result;
}

/*
 * Cuts off what was there before: of a packet that begins in what an earlier one has brought, or of one that user space
 * has read in part. The kernel passes packets on whole. Nothing is left of one that came again for the end in it alone.
 * Returns the sequence number that it begins with then.
 */
static __attribute__((always_inline)) __u32 trim(struct sk_skb_context *ctx, struct tcp_proxy_flow *flow, struct tcp_sock *from)
{
	__u32 next = from->copied_seq, seq;

	asm volatile("" : "+r"(next));	/* else one instruction would read from either pointer, which the verifier refuses */
	if (flow->is_seen)
		next = flow->next;
	seq = next;
	core_read(&seq, ((struct tcp_skb_cb *)((struct sk_buff *)ctx)->cb)->seq);
	for (int i = 0; i < MOST_CUTS && (__s32)(next - seq) > 0; i++) {
		__u32 cut = next - seq < LARGEST_CUT ? next - seq : LARGEST_CUT;

		if (cut > ctx->len || bpf_skb_adjust_room(ctx, -(__s32)cut, 0, 0))
			break;
		seq += cut;
	}
	flow->is_broken = (__s32)(next - seq) > 0;	/* out of memory: better a connection that ends with a reset than bytes that come twice */
	return seq;
}

/*
 * Data goes straight to the other connection as soon as all that came before it is there: while user space still has to
 * forward what it was handed, it is handed what follows, too, else the order would be lost. What user space is handed
 * and has not read closes the receive window, as without the program; what is redirected does not.
 *
 * A connection whose data is seen here is never one that is redirected to: the kernel has one queue for what such a
 * connection is to send and what of it is handed to user space, so that the one would wait for the other, and nobody
 * would count it.
 *
 * It is not loaded unless it is asked for: it needs more of the kernel than the other.
 *
 * An end without data (FIN) is of no use: the kernel takes sending or queueing nothing for a failure, and stops all
 * that is to be sent. User space sees the end without it.
 */
SEC("?sk_skb/stream_verdict")
int tcp_proxy_splice(struct sk_skb_context *ctx)
{
	__u64 cookie = bpf_get_socket_cookie(ctx);
	struct tcp_proxy_join *join = bpf_map_lookup_elem(&joins, &cookie);
	struct tcp_proxy_flow *flow = bpf_map_lookup_elem(&flows, &cookie);
	void *socket = ctx->sk;
	struct tcp_sock *from;
	__u32 before, seq = 0;

	if (ctx->len == 0)
		return SK_DROP;
	if (!join || !flow || !socket)
		return SK_PASS;
	from = bpf_skc_to_tcp_sock(socket);
	if (!from)
		return SK_PASS;
	if (!flow->is_broken)
		seq = trim(ctx, flow, from);
	if (flow->is_broken)
		return SK_PASS;
	before = seq - (from->rcv_nxt - (__u32)from->bytes_received);	/* how many bytes came before it, modulo 2^32 */
	flow->next = seq + ctx->len;
	flow->is_seen = 1;
	if (ctx->len == 0)
		return SK_DROP;
	if (before == (__u32)(*(volatile __u64 *)&join->forwarded + flow->redirected) && takes(flow, &cookie, ctx->len))
		return bpf_sk_redirect_hash(ctx, &sinks, &cookie, 0);
	flow->is_streaming = 0;
	return SK_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";

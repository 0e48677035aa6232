// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * tcp_rtt: a record for each TCP connection that was established and is closed, of every network namespace.
 *
 * One of two programs is loaded, the first that the kernel takes; both make the same record:
 *
 *   tcp_close_fentry   at the entry of tcp_close(), which is where an application's last close of a socket arrives. It
 *                      costs nothing as long as a connection lives.
 *   tcp_close_tp_btf   at every change of a socket's state, for the one to TCP_CLOSE: where it comes from another
 *                      state, a connection ends, once. tcp_destroy_sock, the tracepoint that sounds right, comes too
 *                      late: what a socket is when it is destroyed, tcp_disconnect() may have wiped out, which closes
 *                      with SO_LINGER 0 and connections that nobody accepted go through.
 *
 * Neither place tells connections from listeners, from sockets that were never connected, and from attempts that
 * failed. `delivered` does: the kernel counts there what the other side has acknowledged, our SYN or SYN-ACK included,
 * and sets it to 0 when the socket is used again. It is positive from the moment in which a connection is established.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_core.h"
#include "ebpfnet_helpers.h"
#include "ebpfnet_ringbuf.h"

#define AF_INET6 10
#define IPV6_WORDS 4

/* Sizes before user space changes them. */
#define DEFAULT_NETWORKS 16384
#define DEFAULT_RING_BYTES (1024 * 1024)

/* States of a TCP socket: the kernel's include/net/tcp_states.h. */
enum tcp_state {
	TCP_FIN_WAIT1 = 4,
	TCP_CLOSE = 7,
	TCP_LAST_ACK = 9,
	TCP_CLOSING = 11,
};

/* The kernel's types, as far as they are used. */
enum sock_flags {
	SOCK_DONE = 1,	/* the other side's FIN has arrived */
	SOCK_LINGER = 5,/* SO_LINGER is set */
};

struct in6_addr {
	union {
		__be32 u6_addr32[IPV6_WORDS];
	} in6_u;
} EBPFNET_CORE;

struct ns_common {
	__u32 inum;
} EBPFNET_CORE;

struct net {
	struct ns_common ns;
} EBPFNET_CORE;

typedef struct {
	struct net *net;
} EBPFNET_CORE possible_net_t;

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_family;
	volatile __u8 skc_state;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	unsigned long skc_flags;
} EBPFNET_CORE;

struct sock {
	struct sock_common __sk_common;
	unsigned long sk_lingertime;
} EBPFNET_CORE;

struct inet_sock {
	__be16 inet_sport;
} EBPFNET_CORE;

struct inet_connection_sock {
	struct inet_sock icsk_inet;
} EBPFNET_CORE;

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u64 bytes_received;
	__u64 bytes_sent;
	__u64 bytes_retrans;
	__u32 rcv_nxt;
	__u32 copied_seq;
	__u32 srtt_us;
	__u32 snd_nxt;
	__u32 write_seq;
	__u32 delivered;
	__u32 total_retrans;
} EBPFNET_CORE;

/* An IPv6 address, in network byte order; IPv4 as ::ffff:192.0.2.1, whichever kind of socket it is. */
struct tcp_rtt_address {
	__be32 words[IPV6_WORDS];
};

struct tcp_rtt_connection {
	__u64 time;		/* nanoseconds of CLOCK_MONOTONIC */
	__u64 sent;		/* bytes of data, each counted once */
	__u64 received;		/* bytes of data */
	struct tcp_rtt_address local;
	struct tcp_rtt_address remote;
	__u16 local_port;	/* in host byte order, as the other */
	__u16 remote_port;
	__u32 rtt;		/* smoothed, in microseconds; 0 when it was never measured */
	__u32 retransmits;	/* segments */
	__u32 network_namespace;/* its inode; 0 where the kernel has none */
};

struct tcp_rtt_ipv4_network {
	__u32 prefix_length;
	__be32 address;
};

struct tcp_rtt_ipv6_network {
	__u32 prefix_length;
	struct tcp_rtt_address address;
};

/* What is to be reported. Constants for the verifier, which leaves out what they rule out. */
const volatile _Bool all;	/* every connection, whatever the networks are */
const volatile _Bool either;	/* those whose local or remote address is in a network; else the local one counts */

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DEFAULT_NETWORKS);
	__type(key, struct tcp_rtt_ipv4_network);
	__type(value, __u8);
} ipv4_networks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, DEFAULT_NETWORKS);
	__type(key, struct tcp_rtt_ipv6_network);
	__type(value, __u8);
} ipv6_networks SEC(".maps");

EBPFNET_RINGBUF(connections, DEFAULT_RING_BYTES);
struct tcp_rtt_connection *connection_type __attribute__((unused)); /* keeps the type for who reads the records */

EBPFNET_HELPER(137, struct tcp_sock *, bpf_skc_to_tcp_sock, const void *sock);

static __always_inline struct tcp_rtt_address map_ipv4(__be32 address)
{
	return (struct tcp_rtt_address){ { 0, 0, bpf_htonl(0xffff), address } };
}

static __always_inline void copy_ipv6(struct tcp_rtt_address *to, const struct in6_addr *from)
{
	to->words[0] = from->in6_u.u6_addr32[0];
	to->words[1] = from->in6_u.u6_addr32[1];
	to->words[2] = from->in6_u.u6_addr32[2];
	to->words[3] = from->in6_u.u6_addr32[3];
}

static __always_inline void read_addresses(const struct sock_common *sock, struct tcp_rtt_address *local, struct tcp_rtt_address *remote)
{
	*local = map_ipv4(sock->skc_rcv_saddr);
	*remote = map_ipv4(sock->skc_daddr);
	/* A kernel without IPv6 has no such members. */
	if (core_field_exists(sock->skc_v6_daddr) && sock->skc_family == AF_INET6) {
		copy_ipv6(local, &sock->skc_v6_rcv_saddr);
		copy_ipv6(remote, &sock->skc_v6_daddr);
	}
}

static __always_inline _Bool is_in_network(const struct tcp_rtt_address *address)
{
	const __be32 *words = address->words;

	if (words[0] == 0 && words[1] == 0 && words[2] == bpf_htonl(0xffff)) {
		struct tcp_rtt_ipv4_network alone = { .prefix_length = 32, .address = words[3] };

		return bpf_map_lookup_elem(&ipv4_networks, &alone) != NULL;
	} else {
		struct tcp_rtt_ipv6_network alone = { .prefix_length = 128, .address = *address };

		return bpf_map_lookup_elem(&ipv6_networks, &alone) != NULL;
	}
}

static __always_inline _Bool has_flag(const struct sock_common *sock, __u64 flag)
{
	return sock->skc_flags >> flag & 1;
}

/* Whether tcp_close() resets the connection: because of SO_LINGER 0, or because there is data that nobody has read. */
static __always_inline _Bool close_resets(const struct sock *closed, const struct tcp_sock *tcp)
{
	const struct sock_common *sock = &closed->__sk_common;
	__u32 unread = tcp->rcv_nxt - tcp->copied_seq;

	/* A FIN that nobody has read counts as a byte, but is no data. */
	if (unread > has_flag(sock, core_enumerator_value(enum sock_flags, SOCK_DONE)))
		return 1;
	return has_flag(sock, core_enumerator_value(enum sock_flags, SOCK_LINGER)) && !closed->sk_lingertime;
}

/* What the application has handed over and the kernel has not sent yet: it will, after the close, unless that is a reset. */
static __always_inline __u32 bytes_to_be_sent(const struct sock *closed, const struct tcp_sock *tcp)
{
	__u32 waiting = tcp->write_seq - tcp->snd_nxt;
	__u8 state = closed->__sk_common.skc_state;

	if (state == TCP_CLOSE || close_resets(closed, tcp))
		return 0;
	if (waiting && (state == TCP_FIN_WAIT1 || state == TCP_LAST_ACK || state == TCP_CLOSING))
		waiting--; /* the FIN of a shutdown() counts as a byte */
	return waiting;
}

/* The FIN of the other side counts as a byte, too. */
static __always_inline __u64 bytes_received(const struct sock_common *sock, const struct tcp_sock *tcp)
{
	__u64 received = tcp->bytes_received;

	return received - (received && has_flag(sock, core_enumerator_value(enum sock_flags, SOCK_DONE)));
}

static __always_inline int report(struct sock *closed, _Bool sends_on)
{
	const struct sock_common *sock = &closed->__sk_common;
	const struct tcp_sock *tcp = bpf_skc_to_tcp_sock(closed); /* NULL for other protocols, MPTCP among them */
	struct tcp_rtt_connection *connection;
	struct tcp_rtt_address local, remote;

	if (!tcp || !tcp->delivered)
		return 0;
	read_addresses(sock, &local, &remote);
	if (!all && !is_in_network(&local) && !(either && is_in_network(&remote)))
		return 0;
	connection = ebpfnet_ringbuf_reserve(connections, sizeof(*connection));
	if (!connection)
		return 0;
	connection->time = bpf_ktime_get_ns();
	connection->sent = tcp->bytes_sent - tcp->bytes_retrans + (sends_on ? bytes_to_be_sent(closed, tcp) : 0);
	connection->received = bytes_received(sock, tcp);
	connection->local = local;
	connection->remote = remote;
	/* Not skc_num: a socket that is in state TCP_CLOSE has given its port back. */
	connection->local_port = bpf_ntohs(tcp->inet_conn.icsk_inet.inet_sport);
	connection->remote_port = bpf_ntohs(sock->skc_dport);
	connection->rtt = tcp->srtt_us >> 3; /* the kernel counts eighths */
	connection->retransmits = tcp->total_retrans;
	connection->network_namespace = core_field_exists(sock->skc_net.net) ? sock->skc_net.net->ns.inum : 0;
	bpf_ringbuf_submit(connection, 0);
	return 0;
}

/* void tcp_close(struct sock *sk, long timeout) */
SEC("fentry/tcp_close")
int tcp_close_fentry(__u64 *arguments)
{
	return report((struct sock *)arguments[0], 1);
}

/* void trace_inet_sock_set_state(const struct sock *sk, const int oldstate, const int newstate) */
SEC("tp_btf/inet_sock_set_state")
int tcp_close_tp_btf(__u64 *arguments)
{
	int before = arguments[1];
	int now = arguments[2];

	if (now != TCP_CLOSE || before == TCP_CLOSE)
		return 0;
	return report((struct sock *)arguments[0], 0);
}

char _license[] SEC("license") = "Dual MIT/GPL";

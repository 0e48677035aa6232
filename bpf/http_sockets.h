/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * What processes read and write, told by the kernel's sockets: tracepoints behind each transfer, in whichever system call it is. They cost
 * less than the system calls' own, which put all calls of the machine on a slower path.
 *
 * They have no addresses: these are the arguments of the system call under way. Calls that this does not know, io_uring's among them,
 * are bytes that nobody sees; what splice takes from a socket passes no tracepoint at all.
 */
#ifndef HTTP_SOCKETS_H
#define HTTP_SOCKETS_H

#include "http_process.h"

#define ENOSYS 38
#define MSG_ERRQUEUE 0x2000

EBPFNET_HELPER(175, struct pt_regs *, bpf_task_pt_regs, void *task);

/* States of a TCP socket: the kernel's include/net/tcp_states.h. */
enum http_tcp_state {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
};

/* x86-64's members, then arm64's: a kernel has the ones or the others. */
struct pt_regs {
	unsigned long ax;
	unsigned long orig_ax;
	unsigned long si;
	unsigned long dx;
	__u64 regs[31];
	__u64 orig_x0;
	__s32 syscallno;
} EBPFNET_CORE;

/*
 * The system call under way: where its bytes are. The kernel's own threads and 32-bit processes have no such numbers. Once a call has
 * its result, it is another's bytes that are on their way: io_uring's, which takes the opportunity.
 */
static __always_inline void http_find_call(struct http_transfer *transfer)
{
	struct pt_regs *registers = bpf_task_pt_regs(bpf_get_current_task_btf());
	__u64 vectors;

	transfer->kind = HTTP_UNSEEN;
	if (core_field_exists(registers->orig_ax)) {
		transfer->memory = registers->si;
		vectors = registers->dx;
		if (registers->ax != (unsigned long)-ENOSYS)
			return;
		switch (registers->orig_ax) {
		case 0:		/* read */
		case 1:		/* write */
		case 44:	/* sendto */
		case 45:	/* recvfrom */
			transfer->kind = HTTP_BUFFER;
			break;
		case 19:	/* readv */
		case 20:	/* writev */
			transfer->kind = HTTP_VECTORS;
			break;
		case 46:	/* sendmsg */
		case 47:	/* recvmsg */
			transfer->kind = HTTP_MESSAGE;
			break;
		}
	} else {
		transfer->memory = registers->regs[1];
		vectors = registers->regs[2];
		if (registers->regs[0] != registers->orig_x0)
			return;
		switch (registers->syscallno) {
		case 63:	/* read */
		case 64:	/* write */
		case 206:	/* sendto */
		case 207:	/* recvfrom */
			transfer->kind = HTTP_BUFFER;
			break;
		case 65:	/* readv */
		case 66:	/* writev */
			transfer->kind = HTTP_VECTORS;
			break;
		case 211:	/* sendmsg */
		case 212:	/* recvmsg */
			transfer->kind = HTTP_MESSAGE;
			break;
		}
	}
	transfer->vectors = transfer->kind == HTTP_VECTORS ? vectors : 0;
}

static __always_inline int http_transferred(struct sock *sock, __s32 bytes, int is_write, int is_thrown_away)
{
	struct http_transfer transfer = { .socket = (__u64)sock, .is_write = is_write };
	struct http_connection *connection;

	if ((bytes <= 0 && !is_write) || sock->sk_protocol != IPPROTO_TCP)
		return 0;
	connection = http_find_connection_of(sock, 1);
	if (connection && is_write) {
		transfer.began = connection->write_began;
		connection->write_began = 0;
	}
	if (bytes <= 0)
		return 0;
	if (connection) {
		if ((connection->service.is_client && !count_clients) || connection->halves[http_direction_of(connection, is_write) & 1].state == HTTP_TUNNEL)
			return 0;
	} else if (is_write && !count_clients) {
		return 0;
	}
	http_find_call(&transfer);
	if (is_thrown_away)
		transfer.kind = HTTP_UNSEEN;
	if (!connection) {
		if (!http_begins_connection(&transfer))
			return 0;
		http_learn(sock, is_write);
		connection = bpf_map_lookup_elem(&sockets, &transfer.socket);
	}
	if (connection)
		http_look_at(connection, &transfer, bytes);
	return 0;
}

/* What is only looked at comes again; what is thrown away is nowhere to be seen. */
SEC("tp_btf/sock_recv_length")
int http_received(__u64 *arguments)
{
	__s32 flags = arguments[2];

	return flags & (MSG_PEEK | MSG_ERRQUEUE) ? 0 : http_transferred((struct sock *)arguments[0], arguments[1], 0, flags & MSG_TRUNC);
}

SEC("tp_btf/sock_send_length")
int http_sent(__u64 *arguments)
{
	return http_transferred((struct sock *)arguments[0], arguments[1], 1, 0);
}

/* A write begins: a response is dated from here, not from when the call is over; by then the client may have asked again. */
static __always_inline int http_sends(__u64 socket)
{
	struct http_connection *connection = bpf_map_lookup_elem(&sockets, &socket);

	if (!connection || connection->write_began || (connection->service.is_client ? !count_clients : connection->requests == connection->responses))
		return 0;
	connection->write_began = bpf_ktime_get_ns();
	if (!connection->service.is_client)
		connection->is_answering = 1;
	return 0;
}

/* Before each packet of a write; since Linux 6.16. */
SEC("tp_btf/tcp_sendmsg_locked")
int http_sending(__u64 *arguments)
{
	return http_sends(arguments[0]);
}

/* Where there is no such tracepoint. */
SEC("fentry/tcp_sendmsg")
int http_sending_fentry(__u64 *arguments)
{
	return http_sends(arguments[0]);
}

/* With TCP Fast Open, bytes may have gone by before a connection is established. */
SEC("tp_btf/inet_sock_set_state")
int http_state_changes(__u64 *arguments)
{
	struct sock *sock = (struct sock *)arguments[0];
	__s32 from = arguments[1], to = arguments[2];

	if (sock->sk_protocol != IPPROTO_TCP)
		return 0;
	if (to == TCP_SYN_SENT)
		http_forget((__u64)sock);
	else if (to == TCP_ESTABLISHED && (from == TCP_SYN_SENT || from == TCP_SYN_RECV) && !http_find_connection_of(sock, 1))
		http_learn(sock, from == TCP_SYN_SENT);
	return 0;
}

#endif

/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * HTTP in what processes read from and write to TCP connections, whoever tells of it: any interface, loopback, and no packet is looked at.
 *
 * A connection is a socket of the kernel, known since it was established; of others, the first bytes that look like a request tell.
 * Its bytes are looked at in the process's memory when a call is over: then it is known how many they are. TLS is as closed as on the network.
 */
#ifndef HTTP_PROCESS_H
#define HTTP_PROCESS_H

#include "ebpfnet_core.h"
#include "http_stream.h"

#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define MSG_PEEK 0x2
#define MSG_TRUNC 0x20

EBPFNET_HELPER(158, void *, bpf_get_current_task_btf, void);

/* The kernel's, as far as they are read. */
struct in6_addr {
	__be32 words[4];
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	__u16 skc_family;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
} EBPFNET_CORE;

struct sock {
	struct sock_common __sk_common;
	__u16 sk_type;
	__u16 sk_protocol;
} EBPFNET_CORE;

struct user_vector {
	__u64 base;
	__u64 length;
};

struct user_message {
	__u64 name;
	__u64 name_length;
	__u64 vectors;
	__u64 count;
};

enum http_call_kind {
	HTTP_BUFFER = 0,	/* address and length */
	HTTP_VECTORS = 1,	/* struct iovec[] */
	HTTP_MESSAGE = 2,	/* struct msghdr */
	HTTP_UNSEEN = 3,	/* bytes that are nowhere in the process's memory */
};

/* Bytes that a process reads or writes. */
struct http_transfer {
	__u64 memory;
	__u64 began;	/* when a write began, ns; 0 if that is not known */
	__u64 socket;	/* the kernel's address of it */
	__u32 vectors;
	__u8 kind;
	__u8 is_write;
	__u8 padding[2];
};

/* Connections, by the address of the kernel's socket. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct http_connection);
} sockets SEC(".maps");

/* Whether what processes ask of others is counted, too. */
const volatile __u8 count_clients = 0;

static __always_inline int http_is_tcp(struct sock *sock)
{
	__u16 family = 0, type = 0, protocol = 0;

	return !core_read(&protocol, sock->sk_protocol) && protocol == IPPROTO_TCP && !core_read(&type, sock->sk_type) && type == SOCK_STREAM &&
	       !core_read(&family, sock->__sk_common.skc_family) && (family == AF_INET || family == AF_INET6);
}

/* Who talks to whom. */
static __always_inline int http_read_service(struct sock *sock, struct http_service *service, int is_client)
{
	__u16 family = 0, local = 0;
	__be16 remote = 0;

	if (core_read(&family, sock->__sk_common.skc_family) || core_read(&local, sock->__sk_common.skc_num) ||
	    core_read(&remote, sock->__sk_common.skc_dport))
		return 0;
	service->is_client = is_client;
	service->port = is_client ? bpf_ntohs(remote) : local;
	if (family == AF_INET6)
		return is_client ? !core_read(&service->client, sock->__sk_common.skc_v6_rcv_saddr) :
				   !core_read(&service->client, sock->__sk_common.skc_v6_daddr);
	service->client[0] = service->client[1] = 0;
	service->client[2] = bpf_htonl(0xffff);
	return family == AF_INET && (is_client ? !core_read(&service->client[3], sock->__sk_common.skc_rcv_saddr) :
						 !core_read(&service->client[3], sock->__sk_common.skc_daddr));
}

static __always_inline void http_forget(__u64 socket)
{
	HTTP_REMOVE(sockets, &socket, connections_removed);
}

/* Whether a connection is the one that a socket is now, not what another one left at the same address. */
static __always_inline int http_is_of(const struct http_connection *connection, struct sock *sock, int is_typed)
{
	__be16 remote_port = 0;

	if (is_typed)
		return connection->remote_port == sock->__sk_common.skc_dport;
	return !core_read(&remote_port, sock->__sk_common.skc_dport) && connection->remote_port == remote_port;
}

/* From here on, a socket is a connection, and a new one, whatever was known of another at that address. */
static __noinline int http_learn(struct sock *sock, int is_client)
{
	struct http_connection *connection;
	struct http_service service = {};
	__u64 socket = (__u64)sock;
	__be16 remote_port = 0;

	http_forget(socket);
	if (!http_is_tcp(sock) || !http_read_service(sock, &service, is_client) || !http_port_counts(service.port) || core_read(&remote_port, sock->__sk_common.skc_dport))
		return 0;
	if (bpf_map_update_elem(&sockets, &socket, &no_connection, BPF_NOEXIST))
		return 0;
	HTTP_COUNT_INTERRUPTED(connections_added);
	connection = bpf_map_lookup_elem(&sockets, &socket);
	if (connection) {
		connection->service = service;
		connection->remote_port = remote_port;
	}
	return 0;
}

/*
 * What is known of a socket's connection. What another one left at the same address, should its end have been missed, is forgotten.
 * The verifier lets those read the socket without a helper who have a pointer whose type it knows.
 */
static __always_inline struct http_connection *http_find_connection_of(struct sock *sock, int is_typed)
{
	__u64 socket = (__u64)sock;
	struct http_connection *connection = bpf_map_lookup_elem(&sockets, &socket);

	if (connection && !http_is_of(connection, sock, is_typed)) {
		http_forget(socket);
		return NULL;
	}
	return connection;
}

/* Which of the connection's directions a call's bytes are of. */
static __always_inline __u32 http_direction_of(const struct http_connection *connection, int is_write)
{
	return !is_write == !connection->service.is_client ? HTTP_REQUESTS : HTTP_RESPONSES;
}

/* Whether bytes of a connection that nobody has heard of may begin a request. */
static __always_inline int http_may_be_request(__u64 memory)
{
	__u8 letters[4] = {};

	return bpf_probe_read_user(letters, sizeof(letters), (const void *)memory) == 0 && http_begins_request(letters);
}

struct http_user_cursor {
	struct http_work *at;
	struct http_connection *connection;
	struct http_half *half;
};

/* Looks at what comes next in the buffer, or goes to the next buffer. */
static long http_user_step(__u32 i, struct http_user_cursor *cursor)
{
	struct http_work *at = cursor->at;
	struct http_half *half = cursor->half;
	__u32 length = at->left;

	if (at->all == 0 || at->is_over)
		return 1;
	if (length == 0) {
		struct user_vector vector = {};

		if (at->vectors == 0 || bpf_probe_read_user(&vector, sizeof(vector), (const void *)at->vector)) {
			http_pass_over(cursor->connection, half, at->all);
			return 1;
		}
		at->vectors--;
		at->vector += sizeof(vector);
		at->memory = vector.base;
		at->left = vector.length < at->all ? vector.length : at->all;
		return 0;
	}
	if (http_is_body(half)) {
		__u32 skipped = http_skip_body(half, length);

		at->memory += skipped;
		at->left -= skipped;
		at->all -= skipped;
		return 0;
	}
	if (length > HTTP_CHUNK)
		length = HTTP_CHUNK;
	HTTP_RETURN_UNLESS(length, HTTP_CHUNK, 1);
	if (bpf_probe_read_user(at->bytes, length, (const void *)at->memory)) {
		http_pass_over(cursor->connection, half, at->all);
		return 1;
	}
	http_parse(at, cursor->connection, half, length);
	at->memory += at->position;
	at->left -= at->position;
	at->all -= at->position;
	return at->all == 0;
}

static __always_inline void http_find_memory(struct http_work *at, const struct http_transfer *transfer, __u32 bytes)
{
	at->all = bytes;
	at->left = transfer->kind == HTTP_BUFFER ? bytes : 0;
	at->memory = transfer->memory;
	at->vector = transfer->memory;
	at->vectors = transfer->kind == HTTP_VECTORS ? transfer->vectors : 0;
	if (transfer->kind == HTTP_MESSAGE) {
		struct user_message message = {};

		if (bpf_probe_read_user(&message, sizeof(message), (const void *)transfer->memory) == 0) {
			at->vector = message.vectors;
			at->vectors = message.count;
		}
	}
}

/* Whether a connection that nobody has heard of may be one: its bytes look like a request. */
static __always_inline int http_begins_connection(const struct http_transfer *transfer)
{
	__u64 memory = transfer->memory;

	if (transfer->kind == HTTP_MESSAGE) {
		struct user_message message = {};

		if (bpf_probe_read_user(&message, sizeof(message), (const void *)memory))
			return 0;
		memory = message.vectors;
	}
	if (transfer->kind == HTTP_MESSAGE || transfer->kind == HTTP_VECTORS) {
		struct user_vector vector = {};

		if (bpf_probe_read_user(&vector, sizeof(vector), (const void *)memory))
			return 0;
		memory = vector.base;
	}
	return transfer->kind != HTTP_UNSEEN && http_may_be_request(memory);
}

/* Looks at the bytes that were read or written. */
static __always_inline int http_look_at(struct http_connection *connection, const struct http_transfer *transfer, __u32 bytes)
{
	struct http_user_cursor cursor;
	struct http_work *at;
	__u32 zero = 0, direction;

	at = bpf_map_lookup_elem(&work, &zero);
	if (!at || !http_lock(connection))
		return 0;

	direction = http_direction_of(connection, transfer->is_write);
	cursor.at = at;
	cursor.connection = connection;
	cursor.half = &connection->halves[direction & 1];
	at->now = transfer->began ? transfer->began : bpf_ktime_get_ns();
	at->direction = direction;
	http_begin(at, cursor.half);
	if (transfer->kind == HTTP_UNSEEN) {
		http_pass_over(connection, cursor.half, bytes);
	} else {
		http_find_memory(at, transfer, bytes);
		bpf_loop(8192, http_user_step, &cursor, 0);
	}
	http_unlock(connection);
	return 0;
}

/*
 * Nobody has a descriptor for it any more, and TCP is done with it. A raw tracepoint, because the kernel passes over the others'
 * programs while one of them is interrupted.
 */
SEC("raw_tp/tcp_destroy_sock")
int http_socket_ends(__u64 *arguments)
{
	http_forget(arguments[0]);
	return 0;
}

#endif

/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * HTTP in what processes read from and write to TCP connections: tracepoints at the entry and the end of the system calls for that. Loopback, any
 * interface, and no packet is looked at; io_uring, splice and sendmmsg go another way, and TLS is as closed as on the network.
 *
 * A connection is a socket of the kernel, known since it was accepted or connected; of others, the first bytes that look like a request
 * tell. Which one a file descriptor stands for is looked up at each call, so that it does not matter who closes, duplicates, inherits,
 * passes on or replaces descriptors, or which process ends how. Bytes are looked at when a call is over: then it is known how many they are.
 */
#ifndef HTTP_SYSCALLS_H
#define HTTP_SYSCALLS_H

#include "ebpfnet_core.h"
#include "http_stream.h"

#define AF_INET 2
#define AF_INET6 10
#define SOCK_STREAM 1
#define MSG_PEEK 0x2
#define MSG_TRUNC 0x20
#define EINPROGRESS 115
#define BPF_MAP_TYPE_TASK_STORAGE 29
#define BPF_LOCAL_STORAGE_GET_F_CREATE 1

EBPFNET_HELPER(156, void *, bpf_task_storage_get, void *map, void *task, void *initial, __u64 flags);
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

struct socket {
	void *file;
	struct sock *sk;
} EBPFNET_CORE;

struct file {
	struct socket *private_data;
} EBPFNET_CORE;

struct fdtable {
	__u32 max_fds;
	struct file **fd;
} EBPFNET_CORE;

struct files_struct {
	struct fdtable *fdt;
} EBPFNET_CORE;

struct task_struct {
	struct files_struct *files;
} EBPFNET_CORE;

/* What the tracepoints of system calls give; the same for all. */
struct syscall_entry {
	__u64 common;
	__u64 number;
	__u64 arguments[6];
};

struct syscall_end {
	__u64 common;
	__u64 number;
	__s64 result;
};

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

/* A call of a thread. */
struct http_call {
	__u64 memory;
	__u64 began;	/* ns */
	__u64 socket;	/* the kernel's address of it */
	__u32 system_call;
	__s32 descriptor;
	__u32 vectors;
	__u8 kind;
	__u8 is_write;
	__u8 is_under_way;
	__u8 padding;
};

/* Connections, by the address of the kernel's socket. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct http_connection);
} sockets SEC(".maps");

/* Each thread's last call. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct http_call);
} calls SEC(".maps");

/* Whether what processes ask of others is counted, too. */
const volatile __u8 count_clients = 0;

/* The kernel's socket of a file descriptor of this process; NULL if it is something else. */
static __always_inline struct sock *http_find_socket(struct task_struct *task, __s32 number)
{
	struct fdtable *table = task->files->fdt;
	struct file **files = table->fd, *file = NULL;
	struct socket *socket = NULL;
	struct sock *sock = NULL;
	void *owner = NULL;

	if (number < 0 || (__u32)number >= table->max_fds || bpf_probe_read_kernel(&file, sizeof(file), files + number) || !file ||
	    core_read(&socket, file->private_data) || !socket || core_read(&owner, socket->file) || owner != file ||
	    core_read(&sock, socket->sk))
		return NULL;
	return sock;
}

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
	HTTP_COUNT(connections_added);
	connection = bpf_map_lookup_elem(&sockets, &socket);
	if (connection) {
		connection->service = service;
		connection->remote_port = remote_port;
	}
	return 0;
}

/* What is known of a call's connection. What another one left at the same address, should its end have been missed, is forgotten. */
static __always_inline struct http_connection *http_find_connection_of(struct http_call *call)
{
	struct http_connection *connection = bpf_map_lookup_elem(&sockets, &call->socket);
	struct sock *sock = (struct sock *)call->socket;
	__be16 remote_port = 0;

	if (connection && (core_read(&remote_port, sock->__sk_common.skc_dport) || connection->remote_port != remote_port)) {
		http_forget(call->socket);
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

static __always_inline int http_call_begins(struct syscall_entry *at, __u32 kind, int is_write)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct http_connection *connection;
	struct http_call call = {
		.memory = at->arguments[1],
		.system_call = at->number,
		.descriptor = at->arguments[0],
		.vectors = kind == HTTP_VECTORS ? at->arguments[2] : 0,
		.kind = kind,
		.is_write = is_write,
		.is_under_way = 1,
	};
	struct sock *sock = http_find_socket(task, call.descriptor);
	struct http_call *stored;

	if (!sock)
		return 0;
	call.socket = (__u64)sock;
	connection = bpf_map_lookup_elem(&sockets, &call.socket);
	if (connection) {
		if ((connection->service.is_client && !count_clients) || connection->halves[http_direction_of(connection, is_write) & 1].state == HTTP_TUNNEL)
			return 0;
		if (is_write && !connection->service.is_client && connection->requests != connection->responses)
			connection->is_answering = 1;
	} else if ((is_write && !(count_clients && kind == HTTP_BUFFER && http_may_be_request(call.memory))) || !http_is_tcp(sock)) {
		return 0;
	}
	if (is_write)
		call.began = bpf_ktime_get_ns();
	stored = bpf_task_storage_get(&calls, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (stored)
		*stored = call;
	return 0;
}

/* The call that is over; NULL if it is none of ours. */
static __always_inline struct http_call *http_take_call(__u64 system_call)
{
	struct http_call *call = bpf_task_storage_get(&calls, bpf_get_current_task_btf(), NULL, 0);

	if (!call || !call->is_under_way || call->system_call != (__u32)system_call)
		return NULL;
	call->is_under_way = 0;
	return call;
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
	at->position = 0;
	at->end = length;
	http_parse(at, cursor->connection, half);
	at->memory += at->position;
	at->left -= at->position;
	at->all -= at->position;
	return 0;
}

static __always_inline void http_find_memory(struct http_work *at, const struct http_call *call, __u32 bytes)
{
	at->all = bytes;
	at->left = call->kind == HTTP_BUFFER ? bytes : 0;
	at->memory = call->memory;
	at->vector = call->memory;
	at->vectors = call->kind == HTTP_VECTORS ? call->vectors : 0;
	if (call->kind == HTTP_MESSAGE) {
		struct user_message message = {};

		if (bpf_probe_read_user(&message, sizeof(message), (const void *)call->memory) == 0) {
			at->vector = message.vectors;
			at->vectors = message.count;
		}
	}
}

static __always_inline struct http_connection *http_learn_from(struct http_call *call)
{
	__u64 memory = call->memory;

	if (call->kind == HTTP_MESSAGE) {
		struct user_message message = {};

		if (bpf_probe_read_user(&message, sizeof(message), (const void *)memory))
			return NULL;
		memory = message.vectors;
	}
	if (call->kind == HTTP_MESSAGE || call->kind == HTTP_VECTORS) {
		struct user_vector vector = {};

		if (bpf_probe_read_user(&vector, sizeof(vector), (const void *)memory))
			return NULL;
		memory = vector.base;
	}
	if (call->kind == HTTP_UNSEEN || !http_may_be_request(memory))
		return NULL;
	/* Somebody may have closed it during the call. */
	if ((__u64)http_find_socket(bpf_get_current_task_btf(), call->descriptor) != call->socket)
		return NULL;
	http_learn((struct sock *)call->socket, call->is_write);
	return bpf_map_lookup_elem(&sockets, &call->socket);
}

static __noinline int http_call_ends(struct syscall_end *end)
{
	struct http_call *call = http_take_call(end->number);
	struct http_connection *connection;
	struct http_user_cursor cursor;
	__s64 result = end->result;
	struct http_work *at;
	__u32 zero = 0, direction;

	if (!call || result <= 0)
		return 0;
	connection = http_find_connection_of(call);
	if (!connection)
		connection = http_learn_from(call);
	if (!connection || (connection->service.is_client && !count_clients))
		return 0;
	at = bpf_map_lookup_elem(&work, &zero);
	if (!at || !http_lock(connection))
		return 0;

	direction = http_direction_of(connection, call->is_write);
	cursor.at = at;
	cursor.connection = connection;
	cursor.half = &connection->halves[direction & 1];
	at->now = call->is_write ? call->began : bpf_ktime_get_ns();
	at->direction = direction;
	http_begin(at, cursor.half);
	if (call->kind == HTTP_UNSEEN) {
		http_pass_over(connection, cursor.half, result);
	} else {
		http_find_memory(at, call, result);
		bpf_loop(8192, http_user_step, &cursor, 0);
	}
	http_unlock(connection);
	return 0;
}

#define HTTP_ON_ENTRY(name) SEC("tp/syscalls/sys_enter_" #name) int http_enter_##name(struct syscall_entry *at)
#define HTTP_ON_END(name) SEC("tp/syscalls/sys_exit_" #name) int http_exit_##name(struct syscall_end *at)

#define HTTP_TRANSFER(name, kind, is_write)				\
	HTTP_ON_ENTRY(name) { return http_call_begins(at, kind, is_write); }	\
	HTTP_ON_END(name) { return http_call_ends(at); }

HTTP_TRANSFER(read, HTTP_BUFFER, 0)
HTTP_TRANSFER(readv, HTTP_VECTORS, 0)
HTTP_TRANSFER(write, HTTP_BUFFER, 1)
HTTP_TRANSFER(writev, HTTP_VECTORS, 1)
HTTP_TRANSFER(sendto, HTTP_BUFFER, 1)
HTTP_TRANSFER(sendmsg, HTTP_MESSAGE, 1)
HTTP_TRANSFER(sendfile64, HTTP_UNSEEN, 1)

/* What is only looked at comes again; what is thrown away is nowhere to be seen. */
HTTP_ON_ENTRY(recvfrom)
{
	__u64 flags = at->arguments[3];

	return flags & MSG_PEEK ? 0 : http_call_begins(at, flags & MSG_TRUNC ? HTTP_UNSEEN : HTTP_BUFFER, 0);
}

HTTP_ON_END(recvfrom) { return http_call_ends(at); }

HTTP_ON_ENTRY(recvmsg)
{
	__u64 flags = at->arguments[2];

	return flags & MSG_PEEK ? 0 : http_call_begins(at, flags & MSG_TRUNC ? HTTP_UNSEEN : HTTP_MESSAGE, 0);
}

HTTP_ON_END(recvmsg) { return http_call_ends(at); }

/* The end of an accept has the connection's number. */
static __always_inline int http_accepted(struct syscall_end *at)
{
	struct sock *sock = at->result < 0 ? NULL : http_find_socket(bpf_get_current_task_btf(), at->result);

	if (sock)
		http_learn(sock, 0);
	return 0;
}

HTTP_ON_END(accept) { return http_accepted(at); }
HTTP_ON_END(accept4) { return http_accepted(at); }

HTTP_ON_ENTRY(connect)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct http_call call = { .system_call = at->number, .is_under_way = 1 };
	struct http_call *stored;

	call.socket = (__u64)http_find_socket(task, at->arguments[0]);
	if (!call.socket)
		return 0;
	stored = bpf_task_storage_get(&calls, task, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (stored)
		*stored = call;
	return 0;
}

HTTP_ON_END(connect)
{
	struct http_call *call = http_take_call(at->number);

	if (call && (at->result == 0 || at->result == -EINPROGRESS))
		http_learn((struct sock *)call->socket, 1);
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

/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * HTTP in what processes read from and write to TCP connections: tracepoints at the entry and the end of the system calls for that. Loopback, any
 * interface, and no packet is looked at; io_uring, splice and sendmmsg go another way, and TLS is as closed as on the network.
 *
 * A connection is a process's file descriptor, known since it was accepted or connected; of others, the first
 * bytes that look like a request tell. Bytes are looked at when a call is over: then it is known how many they are.
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
	__u16 sk_protocol;
} EBPFNET_CORE;

struct socket {
	short type;
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

struct http_descriptor {
	__u32 process;
	__s32 number;
};

enum http_call_kind {
	HTTP_BUFFER = 0,	/* address and length */
	HTTP_VECTORS = 1,	/* struct iovec[] */
	HTTP_MESSAGE = 2,	/* struct msghdr */
	HTTP_UNSEEN = 3,	/* bytes that are nowhere in the process's memory */
};

/* A call that has begun. */
struct http_call {
	__u64 memory;
	__u64 began;	/* ns */
	__s32 descriptor;
	__u32 vectors;
	__u32 kind;
	__u32 is_write;
};

/* Connections of processes. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct http_descriptor);
	__type(value, struct http_connection);
} descriptors SEC(".maps");

/* By thread. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct http_call);
} calls SEC(".maps");

/* Whether what processes ask of others is counted, too. */
const volatile __u8 count_clients = 0;

static __always_inline struct http_descriptor http_descriptor_of(__s32 number)
{
	return (struct http_descriptor){ .process = bpf_get_current_pid_tgid() >> 32, .number = number };
}

/* The kernel's socket of a file descriptor of this process; NULL if it is something else, or not TCP. */
static __always_inline struct sock *http_find_socket(__s32 number)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct file **files = NULL, *file = NULL;
	struct files_struct *open = NULL;
	struct socket *socket = NULL;
	struct fdtable *table = NULL;
	struct sock *sock = NULL;
	void *owner = NULL;
	__u16 protocol = 0;
	__u32 count = 0;
	short type = 0;

	if (number < 0 || core_read(&open, task->files) || core_read(&table, open->fdt) ||
	    core_read(&count, table->max_fds) || (__u32)number >= count || core_read(&files, table->fd) ||
	    bpf_probe_read_kernel(&file, sizeof(file), files + number) || !file ||
	    core_read(&socket, file->private_data) || !socket || core_read(&owner, socket->file) || owner != file ||
	    core_read(&type, socket->type) || type != SOCK_STREAM || core_read(&sock, socket->sk) || !sock ||
	    core_read(&protocol, sock->sk_protocol) || protocol != IPPROTO_TCP)
		return NULL;
	return sock;
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

static __always_inline void http_forget(__s32 number)
{
	struct http_descriptor key = http_descriptor_of(number);

	if (bpf_map_delete_elem(&descriptors, &key) == 0)
		HTTP_COUNT(connections_removed);
}

/* From here on, a descriptor is a connection. */
static __noinline int http_learn(__s32 number, int is_client)
{
	struct http_descriptor key = http_descriptor_of(number);
	struct http_service service = {};
	struct http_connection *connection;
	struct sock *sock;

	http_forget(number);
	sock = http_find_socket(number);
	if (!sock || !http_read_service(sock, &service, is_client) || !http_port_counts(service.port))
		return 0;
	if (bpf_map_update_elem(&descriptors, &key, &no_connection, BPF_NOEXIST))
		return 0;
	HTTP_COUNT(connections_added);
	connection = bpf_map_lookup_elem(&descriptors, &key);
	if (connection)
		connection->service = service;
	return 0;
}

/* Whether bytes of a connection that nobody has heard of may begin a request. */
static __always_inline int http_may_be_request(__u64 memory)
{
	__u8 letters[4] = {};

	return bpf_probe_read_user(letters, sizeof(letters), (const void *)memory) == 0 && http_begins_request(letters);
}

static __always_inline int http_call_begins(struct syscall_entry *at, __u32 kind, int is_write)
{
	struct http_call call = { .memory = at->arguments[1], .descriptor = at->arguments[0], .kind = kind, .is_write = is_write };
	struct http_descriptor key = http_descriptor_of(call.descriptor);
	struct http_connection *connection = bpf_map_lookup_elem(&descriptors, &key);
	__u64 thread = bpf_get_current_pid_tgid();

	if (kind == HTTP_VECTORS)
		call.vectors = at->arguments[2];
	if (connection) {
		if (connection->service.is_client && !count_clients)
			return 0;
		if (is_write && !connection->service.is_client && connection->requests != connection->responses)
			connection->is_answering = 1;
	} else if (is_write && !(count_clients && kind == HTTP_BUFFER && http_may_be_request(call.memory))) {
		return 0;
	}
	call.began = bpf_ktime_get_ns();
	bpf_map_update_elem(&calls, &thread, &call, BPF_ANY);
	return 0;
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
	HTTP_OPAQUE(length);
	if (length < 1 || length > HTTP_CHUNK)
		return 1;
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

static __always_inline struct http_connection *http_learn_from(const struct http_call *call, const struct http_descriptor *key)
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
	http_learn(call->descriptor, call->is_write);
	return bpf_map_lookup_elem(&descriptors, key);
}

static __noinline int http_call_ends(__s64 result)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct http_call *stored = bpf_map_lookup_elem(&calls, &thread);
	struct http_connection *connection;
	struct http_user_cursor cursor;
	struct http_descriptor key;
	struct http_call call;
	struct http_work *at;
	__u32 zero = 0, direction;
	__u32 is_no_http;

	if (!stored)
		return 0;
	call = *stored;
	bpf_map_delete_elem(&calls, &thread);
	if (result <= 0)
		return 0;
	key = http_descriptor_of(call.descriptor);
	connection = bpf_map_lookup_elem(&descriptors, &key);
	if (!connection)
		connection = http_learn_from(&call, &key);
	if (!connection || (connection->service.is_client && !count_clients))
		return 0;
	at = bpf_map_lookup_elem(&work, &zero);
	if (!at || !http_lock(connection))
		return 0;

	direction = !call.is_write == !connection->service.is_client ? HTTP_REQUESTS : HTTP_RESPONSES;
	cursor.at = at;
	cursor.connection = connection;
	cursor.half = &connection->halves[direction & 1];
	at->now = call.is_write ? call.began : bpf_ktime_get_ns();
	at->direction = direction;
	http_begin(at, cursor.half);
	if (call.kind == HTTP_UNSEEN) {
		http_pass_over(connection, cursor.half, result);
	} else {
		http_find_memory(at, &call, result);
		bpf_loop(8192, http_user_step, &cursor, 0);
	}
	is_no_http = at->is_no_http;
	http_unlock(connection);
	if (is_no_http) {
		http_forget(call.descriptor);
		HTTP_COUNT(not_http);
	}
	return 0;
}

#define HTTP_ON_ENTRY(name) SEC("tp/syscalls/sys_enter_" #name) int http_enter_##name(struct syscall_entry *at)
#define HTTP_ON_END(name) SEC("tp/syscalls/sys_exit_" #name) int http_exit_##name(struct syscall_end *at)

#define HTTP_TRANSFER(name, kind, is_write)				\
	HTTP_ON_ENTRY(name) { return http_call_begins(at, kind, is_write); }	\
	HTTP_ON_END(name) { return http_call_ends(at->result); }

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

HTTP_ON_END(recvfrom) { return http_call_ends(at->result); }

HTTP_ON_ENTRY(recvmsg)
{
	__u64 flags = at->arguments[2];

	return flags & MSG_PEEK ? 0 : http_call_begins(at, flags & MSG_TRUNC ? HTTP_UNSEEN : HTTP_MESSAGE, 0);
}

HTTP_ON_END(recvmsg) { return http_call_ends(at->result); }

/* The end of an accept has the connection's number. */
static __always_inline int http_accepted(struct syscall_end *at)
{
	if (at->result >= 0)
		http_learn(at->result, 0);
	return 0;
}

HTTP_ON_END(accept) { return http_accepted(at); }
HTTP_ON_END(accept4) { return http_accepted(at); }

HTTP_ON_ENTRY(connect)
{
	struct http_call call = { .descriptor = at->arguments[0] };
	__u64 thread = bpf_get_current_pid_tgid();

	bpf_map_update_elem(&calls, &thread, &call, BPF_ANY);
	return 0;
}

HTTP_ON_END(connect)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct http_call *stored = bpf_map_lookup_elem(&calls, &thread);
	__s32 descriptor;

	if (!stored)
		return 0;
	descriptor = stored->descriptor;
	bpf_map_delete_elem(&calls, &thread);
	if (at->result == 0 || at->result == -EINPROGRESS)
		http_learn(descriptor, 1);
	return 0;
}

HTTP_ON_ENTRY(close)
{
	http_forget(at->arguments[0]);
	return 0;
}

#endif

/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * What processes read and write, told by tracepoints at the entry and the end of the system calls for that; io_uring, splice and sendmmsg go
 * another way.
 *
 * Which connection a file descriptor stands for is looked up at each call, so that it does not matter who closes, duplicates, inherits,
 * passes on or replaces descriptors, or which process ends how.
 */
#ifndef HTTP_SYSCALLS_H
#define HTTP_SYSCALLS_H

#include "http_process.h"

#define EINPROGRESS 115
#define BPF_MAP_TYPE_TASK_STORAGE 29
#define BPF_LOCAL_STORAGE_GET_F_CREATE 1

EBPFNET_HELPER(156, void *, bpf_task_storage_get, void *map, void *task, void *initial, __u64 flags);

/* The kernel's, as far as they are read. */
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

/* A call of a thread. */
struct http_call {
	struct http_transfer transfer;
	__u32 system_call;
	__s32 descriptor;
	__u32 is_under_way;
	__u32 padding;
};

/* Each thread's last call. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct http_call);
} calls SEC(".maps");

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

static __always_inline int http_call_begins(struct syscall_entry *at, __u32 kind, int is_write)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct http_connection *connection;
	struct http_call call = {
		.transfer = {
			.memory = at->arguments[1],
			.vectors = kind == HTTP_VECTORS ? at->arguments[2] : 0,
			.kind = kind,
			.is_write = is_write,
		},
		.system_call = at->number,
		.descriptor = at->arguments[0],
		.is_under_way = 1,
	};
	struct sock *sock = http_find_socket(task, call.descriptor);
	struct http_call *stored;

	if (!sock)
		return 0;
	call.transfer.socket = (__u64)sock;
	connection = bpf_map_lookup_elem(&sockets, &call.transfer.socket);
	if (connection) {
		if ((connection->service.is_client && !count_clients) || connection->halves[http_direction_of(connection, is_write) & 1].state == HTTP_TUNNEL)
			return 0;
		if (is_write && !connection->service.is_client && connection->requests != connection->responses)
			connection->is_answering = 1;
	} else if ((is_write && !(count_clients && kind == HTTP_BUFFER && http_may_be_request(call.transfer.memory))) || !http_is_tcp(sock)) {
		return 0;
	}
	if (is_write)
		call.transfer.began = bpf_ktime_get_ns();
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

static __noinline int http_call_ends(struct syscall_end *end)
{
	struct http_call *call = http_take_call(end->number);
	struct http_connection *connection;
	struct http_transfer *transfer;
	__s64 result = end->result;

	if (!call || result <= 0)
		return 0;
	transfer = &call->transfer;
	connection = http_find_connection_of((struct sock *)transfer->socket, 0);
	if (!connection && http_begins_connection(transfer)) {
		/* Somebody may have closed it during the call. */
		if ((__u64)http_find_socket(bpf_get_current_task_btf(), call->descriptor) != transfer->socket)
			return 0;
		http_learn((struct sock *)transfer->socket, transfer->is_write);
		connection = bpf_map_lookup_elem(&sockets, &transfer->socket);
	}
	if (connection && (!connection->service.is_client || count_clients))
		http_look_at(connection, transfer, result);
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

	call.transfer.socket = (__u64)http_find_socket(task, at->arguments[0]);
	if (!call.transfer.socket)
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
		http_learn((struct sock *)call->transfer.socket, 1);
	return 0;
}

#endif

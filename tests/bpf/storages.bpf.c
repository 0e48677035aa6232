// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Local storages: what programs keep with tasks, sockets and control groups. The offsets of the kernel's fields are
 * given from outside, because these programs do without CO-RE.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define BPF_MAP_TYPE_SK_STORAGE 24
#define BPF_MAP_TYPE_INODE_STORAGE 28
#define BPF_MAP_TYPE_TASK_STORAGE 29
#define BPF_MAP_TYPE_CGRP_STORAGE 32
#define BPF_LOCAL_STORAGE_GET_F_CREATE 1
#define TC_ACT_OK 0

struct bpf_spin_lock {
	__u32 val;
};

EBPFNET_HELPER(93, long, bpf_spin_lock, struct bpf_spin_lock *lock);
EBPFNET_HELPER(94, long, bpf_spin_unlock, struct bpf_spin_lock *lock);
EBPFNET_HELPER(95, void *, bpf_sk_fullsock, void *socket);
EBPFNET_HELPER(107, void *, bpf_sk_storage_get, void *map, void *socket, void *initial, __u64 flags);
EBPFNET_HELPER(156, void *, bpf_task_storage_get, void *map, void *task, void *initial, __u64 flags);
EBPFNET_HELPER(157, long, bpf_task_storage_delete, void *map, void *task);
EBPFNET_HELPER(158, void *, bpf_get_current_task_btf, void);
EBPFNET_HELPER(210, void *, bpf_cgrp_storage_get, void *map, void *cgroup, void *initial, __u64 flags);

struct visits {
	__u64 count;
	__u32 last_pid;
	__u32 note;	/* user space's */
};

struct traffic {
	struct bpf_spin_lock lock;
	__u32 note;	/* user space's */
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct visits);
} tasks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct traffic);
} sockets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CGRP_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct visits);
} cgroups SEC(".maps");

const volatile __u64 task_cgroups;	/* offset of task_struct.cgroups */
const volatile __u64 default_cgroup;	/* offset of css_set.dfl_cgrp */

static __always_inline int visit(struct visits *visits)
{
	if (!visits)
		return 1;
	visits->count++;
	visits->last_pid = bpf_get_current_pid_tgid();
	return 0;
}

SEC("raw_tp")
int visit_task(void *ctx)
{
	return visit(bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE));
}

SEC("raw_tp")
int forget_task(void *ctx)
{
	return bpf_task_storage_delete(&tasks, bpf_get_current_task_btf());
}

/* Not loaded by itself: it needs the two offsets above set first. */
SEC("?raw_tp")
int visit_cgroup(void *ctx)
{
	void *task = bpf_get_current_task_btf();
	void *set = *(void **)(task + task_cgroups);
	void *cgroup = *(void **)(set + default_cgroup);

	return visit(bpf_cgrp_storage_get(&cgroups, cgroup, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE));
}

/* struct __sk_buff, as far as it is looked at. */
struct packet {
	__u32 len;
	__u32 _others[41];
	void *sk;
};

/* Counts what each socket sends. */
SEC("tc/egress")
int count_packets(struct packet *skb)
{
	void *socket = skb->sk;
	struct traffic *traffic;

	if (!socket)
		return TC_ACT_OK;
	socket = bpf_sk_fullsock(socket);
	if (!socket)
		return TC_ACT_OK;
	traffic = bpf_sk_storage_get(&sockets, socket, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!traffic)
		return TC_ACT_OK;
	bpf_spin_lock(&traffic->lock);
	traffic->packets++;
	traffic->bytes += skb->len;
	bpf_spin_unlock(&traffic->lock);
	return TC_ACT_OK;
}

char _license[] SEC("license") = "Dual MIT/GPL";

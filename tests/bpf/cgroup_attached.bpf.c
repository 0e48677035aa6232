// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * What a program has where it is attached to a control group: a value for each hook, and values for each CPU that all hooks share.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define BPF_MAP_TYPE_CGROUP_STORAGE 19
#define BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE 21
#define LET_PASS 1

EBPFNET_HELPER(81, void *, bpf_get_local_storage, void *map, __u64 flags);

struct bpf_cgroup_storage_key {
	__u64 cgroup_inode_id;
	__u32 attach_type;
};

struct traffic {
	__u64 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_CGROUP_STORAGE);
	__type(key, struct bpf_cgroup_storage_key);
	__type(value, struct traffic);
} by_hook SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE);
	__type(key, __u64);
	__type(value, __u32);
} by_cpu SEC(".maps");

SEC("cgroup_skb/egress")
int count_leaving(struct __sk_buff *skb)
{
	struct traffic *traffic = bpf_get_local_storage(&by_hook, 0);
	__u32 *packets = bpf_get_local_storage(&by_cpu, 0);

	__sync_fetch_and_add(&traffic->packets, 1);
	__sync_fetch_and_add(&traffic->bytes, skb->len);
	*packets += 1;
	return LET_PASS;
}

char LICENSE[] SEC("license") = "GPL";

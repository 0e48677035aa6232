// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Maps whose sizes are completed or rounded when they are created, by themselves and as the inner maps of others; a weak
 * map, and one on a memory node.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define BPF_MAP_TYPE_USER_RINGBUF 31
#define __ulong(name, number) enum { name##_value = number } name

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 5000);
};

struct ring odd_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 100);
} small_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_USER_RINGBUF);
	__uint(max_entries, 12289);
} odd_user_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 2);
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps") = {
	.values = { [1] = &odd_ring },
};

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(max_entries, 100000);
	__type(key, __u32);
	__type(value, __u32);
} many_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH_OF_MAPS);
	__uint(max_entries, 2);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
	__array(values, struct {
		__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
		__uint(key_size, sizeof(__u32));
		__uint(value_size, sizeof(__u32));
	});
} events_by_key SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8);
	__uint(numa_node, 0);
	__type(key, __u32);
	__type(value, __u64);
} on_node SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 3);
	__type(key, __u32);
	__type(value, char[5]);
} odd_per_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_BLOOM_FILTER);
	__uint(max_entries, 100);
	__ulong(map_extra, 3);
	__type(value, __u32);
} bloom SEC(".maps");

/* As headers that several objects include have them. */
__weak struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} weak_map SEC(".maps");

/* What the weak map has, counted up. */
SEC("xdp")
int use(struct xdp_md *ctx)
{
	__u32 key = 0;
	__u32 *value = bpf_map_lookup_elem(&weak_map, &key);

	return value ? ++*value : -1;
}

/* Gets to maps that are not created only if `wanted` is set. */
const volatile _Bool wanted = 0;

SEC("?xdp")
int guarded(struct xdp_md *ctx)
{
	__u32 key = 1;

	if (wanted)
		return bpf_map_lookup_elem(&rings, &key) && bpf_map_lookup_elem(&on_node, &key);
	return 2;
}

char _license[] SEC("license") = "Dual MIT/GPL";

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * XDP programs that redirect packets to interfaces, CPUs and AF_XDP sockets, and those that see them there.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

EBPFNET_HELPER(51, long, bpf_redirect_map, void *map, __u64 key, __u64 flags);

/* struct bpf_devmap_val */
struct device {
	__u32 ifindex;
	__u32 program;
};

/* struct bpf_cpumap_val */
struct cpu {
	__u32 qsize;
	__u32 program;
};

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct device);
} devices SEC(".maps");

/* By the index of the interface that a packet comes from. */
struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct device);
} devices_by_key SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} plain_devices SEC(".maps");

/* As many as the machine has. */
struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__type(key, __u32);
	__type(value, struct cpu);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

__u32 chosen;		/* the first interface, or the CPU */
__u32 drops;		/* whether the programs of interfaces and CPUs drop */
__u64 seen;		/* by those */
__u32 egress_ifindex;
__u32 cpu_number;

/* From the interface at index 0 to that at index 1, and back. */
SEC("xdp")
int forward(struct xdp_md *ctx)
{
	return bpf_redirect_map(&devices, ctx->ingress_ifindex == chosen, XDP_ABORTED);
}

SEC("xdp")
int forward_by_key(struct xdp_md *ctx)
{
	return bpf_redirect_map(&devices_by_key, ctx->ingress_ifindex, XDP_ABORTED);
}

SEC("xdp/devmap")
int leaving(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&seen, 1);
	egress_ifindex = ctx->egress_ifindex;
	return drops ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int to_cpu(struct xdp_md *ctx)
{
	return bpf_redirect_map(&cpus, chosen, XDP_ABORTED);
}

SEC("xdp/cpumap")
int arriving(struct xdp_md *ctx)
{
	__sync_fetch_and_add(&seen, 1);
	cpu_number = bpf_get_smp_processor_id();
	return drops ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int to_socket(struct xdp_md *ctx)
{
	return bpf_redirect_map(&sockets, ctx->rx_queue_index, XDP_PASS);
}

SEC("xdp")
int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";

/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * The part of the kernel's BPF interface that our programs use: map types, flags, verdicts and contexts.
 * Numbers and offsets are the kernel's ABI and never change; each struct ends after the last field in use.
 */
#ifndef EBPFNET_BPF_H
#define EBPFNET_BPF_H

#include "ebpfnet_types.h"

enum ebpfnet_map_type {
	BPF_MAP_TYPE_HASH = 1,
	BPF_MAP_TYPE_ARRAY = 2,
	BPF_MAP_TYPE_PROG_ARRAY = 3,
	BPF_MAP_TYPE_PERF_EVENT_ARRAY = 4,
	BPF_MAP_TYPE_PERCPU_HASH = 5,
	BPF_MAP_TYPE_PERCPU_ARRAY = 6,
	BPF_MAP_TYPE_CGROUP_ARRAY = 8,
	BPF_MAP_TYPE_LRU_HASH = 9,
	BPF_MAP_TYPE_LRU_PERCPU_HASH = 10,
	BPF_MAP_TYPE_LPM_TRIE = 11,
	BPF_MAP_TYPE_ARRAY_OF_MAPS = 12,
	BPF_MAP_TYPE_HASH_OF_MAPS = 13,
	BPF_MAP_TYPE_DEVMAP = 14,
	BPF_MAP_TYPE_SOCKMAP = 15,
	BPF_MAP_TYPE_CPUMAP = 16,
	BPF_MAP_TYPE_XSKMAP = 17,
	BPF_MAP_TYPE_SOCKHASH = 18,
	BPF_MAP_TYPE_REUSEPORT_SOCKARRAY = 20,
	BPF_MAP_TYPE_QUEUE = 22,
	BPF_MAP_TYPE_STACK = 23,
	BPF_MAP_TYPE_DEVMAP_HASH = 25,
	BPF_MAP_TYPE_RINGBUF = 27,
	BPF_MAP_TYPE_BLOOM_FILTER = 30,
};

/* Flags of map creation. */
#define BPF_F_NO_PREALLOC (1U << 0)
#define BPF_F_RDONLY_PROG (1U << 7)
#define BPF_F_MMAPABLE (1U << 10)

/* Flags of a map update. */
#define BPF_ANY 0
#define BPF_NOEXIST 1
#define BPF_EXIST 2

enum xdp_action {
	XDP_ABORTED = 0,
	XDP_DROP = 1,
	XDP_PASS = 2,
	XDP_TX = 3,
	XDP_REDIRECT = 4,
};

/* Verdicts of tc programs. UNSPEC leaves it to the next program, with tcx and with filters alike. */
#define TC_ACT_UNSPEC -1
#define TC_ACT_OK 0
#define TC_ACT_SHOT 2

/* Values of __sk_buff.pkt_type: a frame to somebody else, seen because the interface is promiscuous. */
#define PACKET_OTHERHOST 3

/* Where bpf_skb_load_bytes_relative counts from. */
#define BPF_HDR_START_MAC 0
#define BPF_HDR_START_NET 1

struct xdp_md {
	__u32 data;
	__u32 data_end;
	__u32 data_meta;
	__u32 ingress_ifindex;
	__u32 rx_queue_index;
	__u32 egress_ifindex;
};

/* Socket filters and tc programs; `protocol` is in network byte order. */
struct __sk_buff {
	__u32 len;
	__u32 pkt_type;
	__u32 mark;
	__u32 queue_mapping;
	__u32 protocol;
};

/* The kernel passes addresses in 32-bit fields of the context; the verifier knows them for pointers. */
#define xdp_data(ctx) ((void *)(long)(ctx)->data)
#define xdp_data_end(ctx) ((void *)(long)(ctx)->data_end)

#endif

/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * What is counted: for each client and port, and in all. Each processor counts for itself.
 */
#ifndef HTTP_COUNTERS_H
#define HTTP_COUNTERS_H

#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

/* Bucket 0 is below 1,024 ns, bucket i from 2^(i + 9) ns on, the last without an end. */
#define HTTP_BUCKETS 32

/* What is counted together. */
struct http_service {
	__be32 client[4];	/* IPv4 as ::ffff:a.b.c.d */
	__u16 port;		/* the server's, in host byte order */
	__u16 is_client;	/* 1: counted where the client is; 0: where the server is, or on the network */
};

struct http_counters {
	__u64 requests;
	__u64 pipelined;	/* requests that came before the response to the one before had begun */
	__u64 responses[8];	/* by status class: 5 is that of 500 to 599 */
	__u64 latencies;	/* responses with a latency */
	__u64 latency_sum;	/* ns */
	__u64 latency_min;	/* 0 where there is none */
	__u64 latency_max;
	__u64 histogram[HTTP_BUCKETS];
};

/* What is counted once, never evicted. */
struct http_totals {
	__u64 requests;
	__u64 responses;
	__u64 connections_added;
	__u64 connections_removed;
	__u64 services_added;
	__u64 closed_added;	/* ends of connections that are remembered */
	__u64 closed_removed;
	__u64 not_http;		/* connections that were taken for HTTP and were not */
	__u64 gaps;		/* places where bytes are missing that may have held messages */
	__u64 unanswered;	/* requests given up: their responses were in a gap */
	__u64 unmatched;	/* responses to requests that were not seen */
	__u64 contended;	/* packets, or reads and writes, passed over because of another processor's */
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);	/* each processor counts for itself: exact, and without atomics */
	__uint(max_entries, 4096);
	__type(key, struct http_service);
	__type(value, struct http_counters);
} services SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct http_totals);
} totals SEC(".maps");

/* Server ports that count, where `only_ports` is set: a bit for each, 64 to an element. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} ports SEC(".maps");

const volatile __u8 only_ports = 0;

static const struct http_counters no_counters = {};

/* The compiler knows nothing of a number from here on. */
#define HTTP_OPAQUE(number) asm volatile("" : "+r"(number))

static __always_inline struct http_totals *http_totals(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&totals, &zero);
}

#define HTTP_COUNT(field)				\
	do {						\
		struct http_totals *all = http_totals();\
							\
		if (all)				\
			all->field++;			\
	} while (0)

/* For what is rare: a call in place of the lookup, because a socket has room for programs of 2,500 instructions only (before Linux 6.8). */
static __noinline int http_count(__u32 number)
{
	struct http_totals *all = http_totals();

	if (all && number < sizeof(*all) / sizeof(__u64))
		((__u64 *)all)[number]++;
	return 0;
}

#define HTTP_COUNT_RARE(field) http_count(__builtin_offsetof(struct http_totals, field) / sizeof(__u64))

/* The same where what counts may interrupt others that count it. */
#define HTTP_COUNT_INTERRUPTED(field)			\
	do {						\
		struct http_totals *all = http_totals();\
							\
		if (all)				\
			__sync_fetch_and_add(&all->field, 1);\
	} while (0)

/*
 * Removes an element, if it is there. It is counted first: whoever reads what was added, then what is there, then what was
 * removed, never takes one for evicted that is not. The end of a socket may interrupt others here, so it counts atomically.
 */
#define HTTP_REMOVE(map, key, field)						\
	do {									\
		struct http_totals *all = http_totals();			\
										\
		if (all && bpf_map_lookup_elem(&map, key)) {			\
			__sync_fetch_and_add(&all->field, 1);			\
			if (bpf_map_delete_elem(&map, key))			\
				__sync_fetch_and_add(&all->field, -1);		\
		}								\
	} while (0)

static __noinline int http_port_counts(__u16 port)
{
	__u32 element = port >> 6;
	__u64 *bits;

	if (!only_ports)
		return 1;
	bits = bpf_map_lookup_elem(&ports, &element);
	return bits && (*bits >> (port & 63) & 1);
}

static __noinline int http_add_service(const struct http_service *service)
{
	if (bpf_map_update_elem(&services, service, &no_counters, BPF_NOEXIST) == 0)
		HTTP_COUNT_RARE(services_added);
	return 0;
}

static __always_inline struct http_counters *http_counters_of(const struct http_service *service)
{
	struct http_counters *counters = bpf_map_lookup_elem(&services, service);

	if (counters)
		return counters;
	http_add_service(service);
	return bpf_map_lookup_elem(&services, service);
}

static __always_inline __u32 http_log2(__u64 number)
{
	__u32 log = 0;

#pragma clang loop unroll(disable)
	for (__u32 step = 32; step > 0; step >>= 1) {
		if (number >> step) {
			log += step;
			number >>= step;
		}
		HTTP_OPAQUE(log);
	}
	return log;
}

static __always_inline void http_count_latency(struct http_counters *counters, __u64 latency)
{
	__u32 log = http_log2(latency);
	__u32 bucket = log < 10 ? 0 : log - 9;

	counters->latency_sum += latency;
	if (counters->latencies++ == 0 || latency < counters->latency_min)
		counters->latency_min = latency;
	if (latency > counters->latency_max)
		counters->latency_max = latency;
	if (bucket > HTTP_BUCKETS - 1)
		bucket = HTTP_BUCKETS - 1;
	counters->histogram[bucket & (HTTP_BUCKETS - 1)]++;
}

#endif

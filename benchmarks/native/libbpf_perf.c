// SPDX-License-Identifier: MIT
// A perf buffer read by libbpf's perf_buffer.
#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <unistd.h>
#include "record_sinks.h"

struct perf {
	struct perf_buffer *buffer;
	struct hashing hashing;
};

static enum bpf_perf_event_ret take(void *context, int cpu, struct perf_event_header *event)
{
	struct perf *perf = context;

	(void)cpu;
	if (event->type == PERF_RECORD_SAMPLE)
		hash_words(&perf->hashing, (uint8_t *)(event + 1) + 4);
	return LIBBPF_PERF_EVENT_CONT;
}

struct perf *peer_perf_open(int map, unsigned long size, int cpus)
{
	// As perf_buffer__new would, but without a wake-up for each record.
	struct perf_event_attr event = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(event),
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = 1 << 20,
	};
	struct perf *perf = calloc(1, sizeof(*perf));

	(void)cpus;
	perf->buffer = perf_buffer__new_raw(map, size / sysconf(_SC_PAGESIZE), &event, take, perf, NULL);
	return perf->buffer ? perf : NULL;
}

void peer_perf_close(struct perf *perf)
{
	perf_buffer__free(perf->buffer);
	free(perf);
}

long peer_perf_consume(struct perf *perf, uint32_t words, uint64_t *hash)
{
	perf->hashing = (struct hashing){ *hash, words, 0 };
	if (perf_buffer__consume(perf->buffer) < 0)
		return -1;
	*hash = perf->hashing.hash;
	return perf->hashing.records;
}

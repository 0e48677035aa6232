// SPDX-License-Identifier: MIT
// A ring buffer read by libbpf's ring_buffer.
#include <bpf/libbpf.h>
#include <stdlib.h>
#include "record_sinks.h"

struct ring {
	struct ring_buffer *buffer;
	struct hashing hashing;
	struct latencies *latencies; // where they are wanted
};

static int take(void *context, void *record, size_t size)
{
	struct ring *ring = context;

	(void)size;
	hash_words(&ring->hashing, record);
	return 0;
}

static int take_time(void *context, void *record, size_t size)
{
	struct ring *ring = context;

	(void)size;
	note(ring->latencies, record);
	return 0;
}

static struct ring *open_ring(int map, ring_buffer_sample_fn callback)
{
	struct ring *ring = calloc(1, sizeof(*ring));

	ring->buffer = ring_buffer__new(map, callback, ring, NULL);
	return ring->buffer ? ring : NULL;
}

struct ring *peer_ring_open(int map, unsigned long size)
{
	(void)size;
	return open_ring(map, take);
}

struct ring *peer_ring_open_timed(int map)
{
	return open_ring(map, take_time);
}

void peer_ring_close(struct ring *ring)
{
	ring_buffer__free(ring->buffer);
	free(ring);
}

long peer_ring_consume(struct ring *ring, uint32_t words, uint64_t *hash)
{
	long count;

	ring->hashing = (struct hashing){ *hash, words, 0 };
	count = ring_buffer__consume(ring->buffer);
	*hash = ring->hashing.hash;
	return count;
}

long peer_ring_follow(struct ring *ring, uint32_t words, long count, const volatile uint64_t *lost)
{
	ring->hashing = (struct hashing){ 0, words, 0 };
	while (ring->hashing.records + (long)*lost < count)
		ring_buffer__poll(ring->buffer, 10);
	return ring->hashing.records;
}

long peer_ring_latencies(struct ring *ring, long count, int64_t *nanoseconds)
{
	struct latencies to = { nanoseconds, 0, count };

	ring->latencies = &to;
	while (to.noted < count && ring_buffer__poll(ring->buffer, 10000) > 0)
		;
	ring->latencies = NULL;
	return to.noted;
}

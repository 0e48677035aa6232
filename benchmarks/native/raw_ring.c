// SPDX-License-Identifier: MIT
// A ring buffer read by C without a library: records go to a callback through a pointer, and space is given back after each.
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>
#include "record_sinks.h"

typedef int (*ring_callback)(void *context, void *record, size_t size);

struct ring {
	unsigned long *consumer;
	unsigned long *producer;
	uint8_t *data;
	unsigned long mask;
	int epoll;
	ring_callback callback;
	void *context;
};

static int hash_record(void *context, void *record, size_t size)
{
	(void)size;
	hash_words(context, record);
	return 0;
}

static int note_latency(void *context, void *record, size_t size)
{
	(void)size;
	note(context, record);
	return 0;
}

struct ring *peer_ring_open(int map, unsigned long size)
{
	struct ring *ring = calloc(1, sizeof(*ring));
	struct epoll_event event = { .events = EPOLLIN };
	long page = sysconf(_SC_PAGESIZE);

	ring->consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	ring->producer = mmap(NULL, page + 2 * size, PROT_READ, MAP_SHARED, map, page);
	ring->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (ring->consumer == MAP_FAILED || ring->producer == MAP_FAILED || ring->epoll < 0 || epoll_ctl(ring->epoll, EPOLL_CTL_ADD, map, &event))
		return NULL;
	ring->data = (uint8_t *)ring->producer + page;
	ring->mask = size - 1;
	return ring;
}

void peer_ring_close(struct ring *ring)
{
	long page = sysconf(_SC_PAGESIZE);

	munmap(ring->consumer, page);
	munmap(ring->producer, page + 2 * (ring->mask + 1));
	close(ring->epoll);
	free(ring);
}

// Lets everything that is in the ring be read once more, by whomever.
void peer_ring_rewind(struct ring *ring)
{
	__atomic_store_n(ring->consumer, 0, __ATOMIC_RELEASE);
}

static __attribute__((noinline)) long consume(struct ring *ring)
{
	unsigned long position = __atomic_load_n(ring->consumer, __ATOMIC_ACQUIRE);
	long count = 0;
	int found;

	do {
		unsigned long end = __atomic_load_n(ring->producer, __ATOMIC_ACQUIRE);

		found = 0;
		while (position < end) {
			uint32_t *header = (uint32_t *)(ring->data + (position & ring->mask));
			uint32_t length = __atomic_load_n(header, __ATOMIC_ACQUIRE);

			if (length & BPF_RINGBUF_BUSY_BIT)
				return count;
			found = 1;
			position += ((length & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT)) + BPF_RINGBUF_HDR_SZ + 7) / 8 * 8;
			if (!(length & BPF_RINGBUF_DISCARD_BIT)) {
				int result = ring->callback(ring->context, (uint8_t *)header + BPF_RINGBUF_HDR_SZ, length);

				if (result < 0) {
					__atomic_store_n(ring->consumer, position, __ATOMIC_RELEASE);
					return result;
				}
				count++;
			}
			__atomic_store_n(ring->consumer, position, __ATOMIC_RELEASE);
		}
	} while (found);
	return count;
}

// Reads all there is, hashing the first words of each record. Returns the number of records.
long peer_ring_consume(struct ring *ring, uint32_t words, uint64_t *hash)
{
	struct hashing to = { *hash, words, 0 };
	long count;

	ring->callback = hash_record;
	ring->context = &to;
	count = consume(ring);
	ring->context = NULL;
	*hash = to.hash;
	return count;
}

// Waits for records and reads them until there were `count`, or `*lost` more are missing. Returns how many came.
long peer_ring_follow(struct ring *ring, uint32_t words, long count, const volatile uint64_t *lost)
{
	struct hashing to = { 0, words, 0 };
	struct epoll_event event;

	ring->callback = hash_record;
	ring->context = &to;
	while (to.records + (long)*lost < count) {
		epoll_wait(ring->epoll, &event, 1, 10);
		consume(ring);
	}
	ring->context = NULL;
	return to.records;
}

// How long each of `count` records took from the program's submit to the callback.
long peer_ring_latencies(struct ring *ring, long count, int64_t *nanoseconds)
{
	struct latencies to = { nanoseconds, 0, count };
	struct epoll_event event;

	ring->callback = note_latency;
	ring->context = &to;
	while (to.noted < count && epoll_wait(ring->epoll, &event, 1, 10000) > 0)
		consume(ring);
	ring->context = NULL;
	return to.noted;
}

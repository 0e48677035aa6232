// SPDX-License-Identifier: MIT
// What C pays for a ring buffer: records go to a callback through a pointer, and space is given back after each, which is how
// libbpf's ring_buffer__consume works and what its users get.
#include <linux/bpf.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef int (*ring_callback)(void *context, void *record, size_t size);

struct raw_ring {
	unsigned long *consumer;
	unsigned long *producer;
	uint8_t *data;
	unsigned long mask;
	ring_callback callback;
	void *context;
};

struct hashing {
	uint64_t hash;
	uint32_t words;
};

static int hash_record(void *context, void *record, size_t size)
{
	struct hashing *to = context;
	const uint64_t *word = record;
	uint64_t hash = to->hash;

	(void)size;
	for (uint32_t i = 0; i < to->words; i++)
		hash = hash * 31 + word[i];
	to->hash = hash;
	return 0;
}

struct latencies {
	int64_t *nanoseconds;
	long noted;
	long room;
};

// Records of the program `stamped`: the time of the submit is the second number.
static int note_latency(void *context, void *record, size_t size)
{
	struct latencies *to = context;
	struct timespec now;

	(void)size;
	clock_gettime(CLOCK_MONOTONIC, &now);
	if (to->noted < to->room)
		to->nanoseconds[to->noted++] = now.tv_sec * 1000000000LL + now.tv_nsec - ((const int64_t *)record)[1];
	return 0;
}

struct raw_ring *raw_ring_open(int map, unsigned long size)
{
	struct raw_ring *ring = calloc(1, sizeof(*ring));
	long page = sysconf(_SC_PAGESIZE);

	ring->consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);
	ring->producer = mmap(NULL, page + 2 * size, PROT_READ, MAP_SHARED, map, page);
	if (ring->consumer == MAP_FAILED || ring->producer == MAP_FAILED)
		return NULL;
	ring->data = (uint8_t *)ring->producer + page;
	ring->mask = size - 1;
	ring->callback = hash_record;
	return ring;
}

void raw_ring_close(struct raw_ring *ring)
{
	long page = sysconf(_SC_PAGESIZE);

	munmap(ring->consumer, page);
	munmap(ring->producer, page + 2 * (ring->mask + 1));
	free(ring);
}

// Lets everything that is in the ring be read once more.
void raw_ring_rewind(struct raw_ring *ring)
{
	__atomic_store_n(ring->consumer, 0, __ATOMIC_RELEASE);
}

static __attribute__((noinline)) long consume(struct raw_ring *ring)
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
long raw_ring_consume(struct raw_ring *ring, uint32_t words, uint64_t *hash)
{
	struct hashing to = { *hash, words };
	long count;

	ring->context = &to;
	count = consume(ring);
	*hash = to.hash;
	return count;
}

// How long each of `count` records took from the program's submit to the callback, waiting with epoll as ring_buffer__poll does.
long raw_ring_latencies(struct raw_ring *ring, int map, long count, int64_t *nanoseconds)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = { .events = EPOLLIN };
	struct latencies to = { nanoseconds, 0, count };

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, map, &event))
		return -1;
	ring->callback = note_latency;
	ring->context = &to;
	while (to.noted < count && epoll_wait(epoll, &event, 1, 10000) > 0)
		consume(ring);
	ring->callback = hash_record;
	close(epoll);
	return to.noted;
}

// SPDX-License-Identifier: MIT
// Loops over map operations, as a careful C programmer would write them. Each peer includes this after it has defined the operations
// themselves: element_lookup and so on, which return 0 or -1 with errno set. Keys lie one after the other; loops go round them with a mask.
// Values are `words` numbers of 64 bits: one, or one for each possible CPU.
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#define MAX_WORDS 512
#define MAX_KEY 16

long peer_lookup(int map, const uint8_t *keys, uint32_t key_size, uint32_t mask, long count, uint32_t words, uint64_t *sum)
{
	uint64_t value[MAX_WORDS], total = 0;
	long failures = 0;

	for (long i = 0; i < count; i++) {
		if (element_lookup(map, keys + (i & mask) * key_size, value)) {
			failures++;
			continue;
		}
		for (uint32_t word = 0; word < words; word++)
			total += value[word];
	}
	*sum = total;
	return failures;
}

long peer_update(int map, const uint8_t *keys, uint32_t key_size, uint32_t mask, long count, uint32_t words)
{
	uint64_t value[MAX_WORDS];
	long failures = 0;

	for (long i = 0; i < count; i++) {
		for (uint32_t word = 0; word < words; word++)
			value[word] = i;
		if (element_update(map, keys + (i & mask) * key_size, value, BPF_ANY))
			failures++;
	}
	return failures;
}

// Removes an element and adds it again.
long peer_replace(int map, const uint8_t *keys, uint32_t key_size, uint32_t mask, long count, uint32_t words)
{
	uint64_t value[MAX_WORDS];
	long failures = 0;

	for (long i = 0; i < count; i++) {
		const uint8_t *key = keys + (i & mask) * key_size;

		for (uint32_t word = 0; word < words; word++)
			value[word] = i;
		if (element_delete(map, key) || element_update(map, key, value, BPF_NOEXIST))
			failures++;
	}
	return failures;
}

// Takes an element out, reading its value, and adds it again.
long peer_take(int map, const uint8_t *keys, uint32_t key_size, uint32_t mask, long count, uint32_t words)
{
	uint64_t value[MAX_WORDS];
	long failures = 0;

	(void)words;
	for (long i = 0; i < count; i++) {
		const uint8_t *key = keys + (i & mask) * key_size;

		if (element_lookup_and_delete(map, key, value) || element_update(map, key, value, BPF_NOEXIST))
			failures++;
	}
	return failures;
}

// The classic walk: the next key, and its value. Returns the number of elements.
long peer_walk(int map, uint32_t words, uint64_t *sum)
{
	uint8_t keys[2][MAX_KEY], *key = NULL, *next = keys[0];
	uint64_t value[MAX_WORDS], total = 0;
	long count = 0;

	while (!element_next_key(map, key, next)) {
		key = next;
		next = key == keys[0] ? keys[1] : keys[0];
		if (element_lookup(map, key, value))
			continue;
		for (uint32_t word = 0; word < words; word++)
			total += value[word];
		count++;
	}
	*sum = total;
	return errno == ENOENT ? count : -1;
}

// The walk by batches of `room` elements into the caller's memory. Returns the number of elements.
long peer_walk_batches(int map, uint8_t *keys, uint64_t *values, uint32_t room, uint32_t words, uint64_t *sum)
{
	uint64_t cursor[2], total = 0;
	void *from = NULL;
	long count = 0;
	int result;

	do {
		uint32_t found = room;

		result = batch_lookup(map, from, cursor, keys, values, &found);
		if (result && errno != ENOENT)
			return -1;
		from = cursor;
		for (uint32_t i = 0; i < found * words; i++)
			total += values[i];
		count += found;
	} while (!result);
	*sum = total;
	return count;
}

// All elements into the caller's memory, `rounds` times; there is room for `room`. Returns the failures.
long peer_read_batch(int map, uint8_t *keys, uint64_t *values, uint32_t room, long rounds)
{
	long failures = 0;

	for (long i = 0; i < rounds; i++) {
		uint64_t cursor[2];
		uint32_t found = room;

		if ((batch_lookup(map, NULL, cursor, keys, values, &found) && errno != ENOENT) || found != room)
			failures++;
	}
	return failures;
}

long peer_write_batch(int map, const uint8_t *keys, const uint64_t *values, uint32_t room, long rounds)
{
	long failures = 0;

	for (long i = 0; i < rounds; i++) {
		uint32_t done = room;

		if (batch_update(map, keys, values, &done) || done != room)
			failures++;
	}
	return failures;
}

// Removes all elements and adds them again.
long peer_replace_batch(int map, const uint8_t *keys, const uint64_t *values, uint32_t room, long rounds)
{
	long failures = 0;

	for (long i = 0; i < rounds; i++) {
		uint32_t removed = room, added = room;

		if (batch_delete(map, keys, &removed) || removed != room || batch_update(map, keys, values, &added) || added != room)
			failures++;
	}
	return failures;
}

// An array's memory (BPF_F_MMAPABLE); libbpf leaves mapping it to its user, too.
const uint64_t *peer_map_memory(int map, unsigned long bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

void peer_unmap_memory(const uint64_t *memory, unsigned long bytes)
{
	munmap((void *)memory, bytes);
}

static __attribute__((noinline)) uint64_t sum_memory(const uint64_t *memory, long count)
{
	uint64_t sum = 0;

	for (long i = 0; i < count; i++)
		sum += memory[i];
	return sum;
}

// Reads all numbers so many times.
uint64_t peer_sum_memory(const uint64_t *memory, long count, long rounds)
{
	uint64_t sum = 0;

	for (long i = 0; i < rounds; i++) {
		sum += sum_memory(memory, count);
		__asm__ volatile("" : : : "memory");
	}
	return sum;
}

// SPDX-License-Identifier: MIT
// What the C peers do with the records of a ring: hash them, or note how long they took.
#pragma once
#include <stdint.h>
#include <stddef.h>
#include <time.h>

struct hashing {
	uint64_t hash;
	uint32_t words;
	long records;
};

static inline void hash_words(struct hashing *to, const void *record)
{
	const uint64_t *word = record;
	uint64_t hash = to->hash;

	for (uint32_t i = 0; i < to->words; i++)
		hash = hash * 31 + word[i];
	to->hash = hash;
	to->records++;
}

struct latencies {
	int64_t *nanoseconds;
	long noted;
	long room;
};

// Records of the program `stamped`: the time of the submit is the second number.
static inline void note(struct latencies *to, const void *record)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (to->noted < to->room)
		to->nanoseconds[to->noted++] = now.tv_sec * 1000000000LL + now.tv_nsec - ((const int64_t *)record)[1];
}

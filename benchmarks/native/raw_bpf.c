// SPDX-License-Identifier: MIT
// What C pays: loops over the bare bpf() call, one call per operation, as a careful C programmer would write them.
#define _GNU_SOURCE
#include <linux/bpf.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int element(int command, int map, const void *key, void *value, uint64_t flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (uint64_t)(uintptr_t)key;
	attr.value = (uint64_t)(uintptr_t)value;
	attr.flags = flags;
	return syscall(SYS_bpf, command, &attr, sizeof(attr));
}

// Looks up `count` keys, going round the `keys` array; the sum keeps the values alive. Returns the failures.
long raw_lookup(int map, const uint32_t *keys, uint32_t mask, long count, uint64_t *sum)
{
	long failures = 0;
	uint64_t total = 0;

	for (long i = 0; i < count; i++) {
		uint32_t key = keys[i & mask];
		uint64_t value;

		if (element(BPF_MAP_LOOKUP_ELEM, map, &key, &value, 0))
			failures++;
		else
			total += value;
	}
	*sum = total;
	return failures;
}

long raw_update(int map, const uint32_t *keys, uint32_t mask, long count)
{
	long failures = 0;

	for (long i = 0; i < count; i++) {
		uint32_t key = keys[i & mask];
		uint64_t value = i;

		if (element(BPF_MAP_UPDATE_ELEM, map, &key, &value, BPF_ANY))
			failures++;
	}
	return failures;
}

// CPU time of the calling thread: other processes on the machine do not count.
int64_t raw_thread_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

// Keeps the calling thread on one CPU, so that both sides of a round run on the same one. Returns the CPU, or -1.
int raw_pin_thread(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -1 : cpu;
}

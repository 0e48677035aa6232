// SPDX-License-Identifier: MIT
// Clocks and CPUs for both sides of a comparison.
#define _GNU_SOURCE
#include <sched.h>
#include <stdint.h>
#include <time.h>

// CPU time of the calling thread: other processes on the machine do not count.
int64_t measure_thread_time(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

// Keeps the calling thread, and those that it starts, on one CPU; on the one where it is for -1. Returns the CPU, or -1.
int measure_pin_thread(int cpu)
{
	cpu_set_t set;

	if (cpu < 0)
		cpu = sched_getcpu();
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -1 : cpu;
}

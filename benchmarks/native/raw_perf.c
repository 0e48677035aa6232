// SPDX-License-Identifier: MIT
// A perf buffer read by C without a library: one ring for each CPU, records that are cut at the end are put together in a copy, and space is
// given back after each CPU's records.
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "record_sinks.h"

struct cpu {
	int event;
	struct perf_event_mmap_page *page;
};

struct perf {
	unsigned long page_size;
	unsigned long size;
	int count;
	uint8_t copy[65536];
	struct cpu cpus[];
};

static int open_cpu(struct cpu *cpu, int number, int map, unsigned long page_size, unsigned long size)
{
	struct perf_event_attr event = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(event),
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = 1 << 20,
	};
	union bpf_attr attr;

	cpu->event = syscall(SYS_perf_event_open, &event, -1, number, -1, PERF_FLAG_FD_CLOEXEC);
	if (cpu->event < 0)
		return -1;
	cpu->page = mmap(NULL, page_size + size, PROT_READ | PROT_WRITE, MAP_SHARED, cpu->event, 0);
	if (cpu->page == MAP_FAILED || ioctl(cpu->event, PERF_EVENT_IOC_ENABLE, 0))
		return -1;
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (uint64_t)(uintptr_t)&number;
	attr.value = (uint64_t)(uintptr_t)&cpu->event;
	return syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr));
}

// For CPUs 0 to cpus - 1, which have to run.
struct perf *peer_perf_open(int map, unsigned long size, int cpus)
{
	struct perf *perf = calloc(1, sizeof(*perf) + cpus * sizeof(perf->cpus[0]));

	perf->page_size = sysconf(_SC_PAGESIZE);
	perf->size = size;
	perf->count = cpus;
	for (int i = 0; i < cpus; i++) {
		if (open_cpu(&perf->cpus[i], i, map, perf->page_size, size))
			return NULL;
	}
	return perf;
}

void peer_perf_close(struct perf *perf)
{
	for (int i = 0; i < perf->count; i++) {
		munmap(perf->cpus[i].page, perf->page_size + perf->size);
		close(perf->cpus[i].event);
	}
	free(perf);
}

static void consume_cpu(struct perf *perf, struct cpu *cpu, void (*callback)(struct hashing *, const void *), struct hashing *to)
{
	uint8_t *data = (uint8_t *)cpu->page + perf->page_size;
	uint64_t head = __atomic_load_n(&cpu->page->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = cpu->page->data_tail;

	while (tail != head) {
		struct perf_event_header *header = (void *)(data + (tail & (perf->size - 1)));
		unsigned long first = perf->size - (tail & (perf->size - 1));
		unsigned long size = header->size;

		if (size > first) {
			memcpy(perf->copy, header, first);
			memcpy(perf->copy + first, data, size - first);
			header = (void *)perf->copy;
		}
		if (header->type == PERF_RECORD_SAMPLE)
			callback(to, (uint8_t *)(header + 1) + 4);
		tail += size;
	}
	__atomic_store_n(&cpu->page->data_tail, tail, __ATOMIC_RELEASE);
}

// Records begin behind a length of four bytes, so their words are not aligned.
static void hash_record(struct hashing *to, const void *record)
{
	hash_words(to, record);
}

long peer_perf_consume(struct perf *perf, uint32_t words, uint64_t *hash)
{
	struct hashing to = { *hash, words, 0 };
	void (*volatile callback)(struct hashing *, const void *) = hash_record;

	for (int i = 0; i < perf->count; i++)
		consume_cpu(perf, &perf->cpus[i], callback, &to);
	*hash = to.hash;
	return to.records;
}

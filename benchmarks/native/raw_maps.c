// SPDX-License-Identifier: MIT
// Map operations over the bare bpf() call, one call per operation.
#include <linux/bpf.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int element(int command, int map, const void *key, const void *value, uint64_t flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (uint64_t)(uintptr_t)key;
	attr.value = (uint64_t)(uintptr_t)value;
	attr.flags = flags;
	return syscall(SYS_bpf, command, &attr, sizeof(attr));
}

static int batch(int command, int map, const void *in, void *out, const void *keys, const void *values, uint32_t *count)
{
	union bpf_attr attr;
	int result;

	memset(&attr, 0, sizeof(attr));
	attr.batch.map_fd = map;
	attr.batch.in_batch = (uint64_t)(uintptr_t)in;
	attr.batch.out_batch = (uint64_t)(uintptr_t)out;
	attr.batch.keys = (uint64_t)(uintptr_t)keys;
	attr.batch.values = (uint64_t)(uintptr_t)values;
	attr.batch.count = *count;
	result = syscall(SYS_bpf, command, &attr, sizeof(attr));
	*count = attr.batch.count;
	return result;
}

#define element_lookup(map, key, value) element(BPF_MAP_LOOKUP_ELEM, map, key, value, 0)
#define element_update(map, key, value, flags) element(BPF_MAP_UPDATE_ELEM, map, key, value, flags)
#define element_delete(map, key) element(BPF_MAP_DELETE_ELEM, map, key, NULL, 0)
#define element_lookup_and_delete(map, key, value) element(BPF_MAP_LOOKUP_AND_DELETE_ELEM, map, key, value, 0)
#define element_next_key(map, key, next) element(BPF_MAP_GET_NEXT_KEY, map, key, next, 0)
#define batch_lookup(map, in, out, keys, values, count) batch(BPF_MAP_LOOKUP_BATCH, map, in, out, keys, values, count)
#define batch_update(map, keys, values, count) batch(BPF_MAP_UPDATE_BATCH, map, NULL, NULL, keys, values, count)
#define batch_delete(map, keys, count) batch(BPF_MAP_DELETE_BATCH, map, NULL, NULL, keys, NULL, count)

#include "map_loops.h"

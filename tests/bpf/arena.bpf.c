// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * An arena: a linked list that programs and user space both build and walk, and global variables in it.
 *
 * object: arena.bpf.o
 * object: arena_anywhere.bpf.o -DANYWHERE
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define BPF_MAP_TYPE_ARENA 33
#define __ulong(name, number) enum { name##_value = number } name
#define __arena __attribute__((address_space(1)))

#define NODES 600	/* more than fit into one page */
#define MOST_STEPS 2000

struct node {
	struct node __arena *next;
	__u64 value;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARENA);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 64);
#ifndef ANYWHERE
	__ulong(map_extra, 0x200000000000);
#endif
} arena SEC(".maps");

struct node __arena pool[NODES];
struct node __arena *__arena head;
__u64 __arena used;
__u64 __arena step = 10;	/* what each pushed value is multiplied by */

__u64 sum;	/* of the values in the list; an ordinary variable */

struct push_context {
	__u64 value;
};

/* Puts a value in front of the list. */
SEC("syscall")
int push(struct push_context *context)
{
	struct node __arena *node;

	if (used >= NODES)
		return 1;
	node = &pool[used++];
	node->value = context->value * step;
	node->next = head;
	head = node;
	return 0;
}

/* Returns the number of elements, and leaves their sum. */
SEC("syscall")
int walk(void *context)
{
	struct node __arena *node = head;
	__u64 total = 0;
	int count;

	for (count = 0; node && count < MOST_STEPS; count++) {
		total += node->value;
		node = node->next;
	}
	sum = total;
	return count;
}

char _license[] SEC("license") = "Dual MIT/GPL";

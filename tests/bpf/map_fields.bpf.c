// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Values in which the kernel keeps things of its own: timers, work queues, locks, pointers to kernel objects, lists and
 * trees. The kernel finds them by their types; each program uses one of them.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_core.h"

#define __ksym __attribute__((section(".ksyms")))
#define __kptr __attribute__((btf_type_tag("kptr")))
#define __contains(type, member) __attribute__((btf_decl_tag("contains:" #type ":" #member)))
#define CLOCK_MONOTONIC 1
#define BPF_MAP_TYPE_TASK_STORAGE 29

struct bpf_timer { __u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_wq { __u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_spin_lock { __u32 value; };
struct bpf_res_spin_lock { __u32 value; };
struct bpf_list_head { __u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_list_node { __u64 opaque[3]; } __attribute__((aligned(8)));
struct bpf_rb_root { __u64 opaque[2]; } __attribute__((aligned(8)));
struct bpf_rb_node { __u64 opaque[4]; } __attribute__((aligned(8)));

struct task_struct {
	int pid;
} EBPFNET_CORE;

EBPFNET_HELPER(93, long, bpf_spin_lock, struct bpf_spin_lock *lock);
EBPFNET_HELPER(94, long, bpf_spin_unlock, struct bpf_spin_lock *lock);
EBPFNET_HELPER(158, struct task_struct *, bpf_get_current_task_btf, void);
EBPFNET_HELPER(169, long, bpf_timer_init, struct bpf_timer *timer, void *map, __u64 flags);
EBPFNET_HELPER(170, long, bpf_timer_set_callback, struct bpf_timer *timer, void *callback);
EBPFNET_HELPER(171, long, bpf_timer_start, struct bpf_timer *timer, __u64 nanoseconds, __u64 flags);
EBPFNET_HELPER(194, void *, bpf_kptr_xchg, void *place, void *pointer);

extern int bpf_wq_init(struct bpf_wq *wq, void *map, unsigned int flags) __ksym;
extern int bpf_wq_start(struct bpf_wq *wq, unsigned int flags) __ksym;
extern int bpf_wq_set_callback_impl(struct bpf_wq *wq, int (*callback)(void *map, int *key, void *value), unsigned int flags, void *aux) __ksym;
extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;
extern struct task_struct *bpf_task_acquire(struct task_struct *task) __ksym;
extern void bpf_task_release(struct task_struct *task) __ksym;
extern void *bpf_obj_new_impl(__u64 type, void *meta) __ksym;
extern void bpf_obj_drop_impl(void *object, void *meta) __ksym;
extern int bpf_list_push_front_impl(struct bpf_list_head *head, struct bpf_list_node *node, void *meta, __u64 offset) __ksym;
extern struct bpf_list_node *bpf_list_pop_front(struct bpf_list_head *head) __ksym;
extern int bpf_rbtree_add_impl(struct bpf_rb_root *root, struct bpf_rb_node *node, _Bool (*less)(struct bpf_rb_node *a, const struct bpf_rb_node *b), void *meta, __u64 offset) __ksym;
extern struct bpf_rb_node *bpf_rbtree_first(struct bpf_rb_root *root) __ksym;

#define container_of(pointer, type, member) ((type *)((void *)(pointer) - __builtin_offsetof(type, member)))
#define new(type) ((type *)bpf_obj_new_impl(core_type_id_local(type), NULL))

/* Of what programs did. */
__u64 fired = 0;
__u64 worked = 0;

struct with_timer {
	__u64 count;
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct with_timer);
} timers SEC(".maps");

static int at_time(void *map, __u32 *key, struct with_timer *value)
{
	__sync_fetch_and_add(&fired, 1);
	return 0;
}

SEC("syscall")
int start_timer(void *context)
{
	__u32 key = 0;
	struct with_timer *value = bpf_map_lookup_elem(&timers, &key);

	if (!value)
		return 1;
	bpf_timer_init(&value->timer, &timers, CLOCK_MONOTONIC);
	bpf_timer_set_callback(&value->timer, at_time);
	return bpf_timer_start(&value->timer, 1000, 0);
}

struct with_work {
	struct bpf_wq work;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, struct with_work);
} works SEC(".maps");

static int at_work(void *map, int *key, void *value)
{
	__sync_fetch_and_add(&worked, 1);
	return 0;
}

SEC("?syscall")
int start_work(void *context)
{
	struct with_work none = {};
	struct with_work *value;
	__u32 key = 7;

	bpf_map_update_elem(&works, &key, &none, BPF_ANY);
	value = bpf_map_lookup_elem(&works, &key);
	if (!value)
		return 1;
	if (bpf_wq_init(&value->work, &works, 0))
		return 2;
	if (bpf_wq_set_callback_impl(&value->work, at_work, 0, NULL))
		return 3;
	return bpf_wq_start(&value->work, 0);
}

struct with_resilient_lock {
	struct bpf_res_spin_lock lock;
	__u32 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct with_resilient_lock);
} resilient SEC(".maps");

SEC("?tc")
int count_locked(struct __sk_buff *packet)
{
	__u32 key = 0;
	struct with_resilient_lock *value = bpf_map_lookup_elem(&resilient, &key);

	if (!value || bpf_res_spin_lock(&value->lock))
		return -1;
	value->count++;
	bpf_res_spin_unlock(&value->lock);
	return value->count;
}

struct with_pointer {
	struct task_struct __kptr *task;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct with_pointer);
} pointers SEC(".maps");

/* Keeps the task that runs it; returns the process id of the one kept before, or 0. */
SEC("?syscall")
int keep_task(void *context)
{
	__u32 key = 0;
	struct with_pointer *value = bpf_map_lookup_elem(&pointers, &key);
	struct task_struct *task;
	int pid = 0;

	if (!value)
		return -1;
	task = bpf_task_acquire(bpf_get_current_task_btf());
	if (!task)
		return -2;
	task = bpf_kptr_xchg(&value->task, task);
	if (task) {
		pid = task->pid;
		bpf_task_release(task);
	}
	return pid;
}

struct item {
	struct bpf_list_node node;
	__u64 value;
};

struct with_list {
	struct bpf_spin_lock lock;
	struct bpf_list_head head __contains(item, node);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct with_list);
} lists SEC(".maps");

/* Puts 40 and 2 into a list, takes both out, and returns their sum. */
SEC("?tc")
int use_list(struct __sk_buff *packet)
{
	__u32 key = 0;
	struct with_list *value = bpf_map_lookup_elem(&lists, &key);
	__u64 sum = 0;

	if (!value)
		return -1;
	for (int i = 0; i < 2; i++) {
		struct item *item = new(struct item);

		if (!item)
			return -2;
		item->value = i ? 2 : 40;
		bpf_spin_lock(&value->lock);
		bpf_list_push_front_impl(&value->head, &item->node, NULL, 0);
		bpf_spin_unlock(&value->lock);
	}
	for (int i = 0; i < 2; i++) {
		struct bpf_list_node *node;
		struct item *item;

		bpf_spin_lock(&value->lock);
		node = bpf_list_pop_front(&value->head);
		bpf_spin_unlock(&value->lock);
		if (!node)
			return -3;
		item = container_of(node, struct item, node);
		sum += item->value;
		bpf_obj_drop_impl(item, NULL);
	}
	return sum;
}

struct leaf {
	struct bpf_rb_node node;
	__u64 value;
};

/* The root of a tree among global variables, in a section of its own: the lock beside it is what it takes. */
#define private(name) SEC(".data." #name) __hidden __attribute__((aligned(8)))
private(tree) struct bpf_spin_lock tree_lock;
private(tree) struct bpf_rb_root tree_root __contains(leaf, node);

static _Bool less(struct bpf_rb_node *a, const struct bpf_rb_node *b)
{
	return container_of(a, struct leaf, node)->value < container_of(b, struct leaf, node)->value;
}

/* Puts 5, 3 and 4 into a tree, and returns the least. */
SEC("?tc")
int use_tree(struct __sk_buff *packet)
{
	struct bpf_rb_node *first;
	int least = -2;

	for (int i = 0; i < 3; i++) {
		struct leaf *leaf = new(struct leaf);

		if (!leaf)
			return -1;
		leaf->value = i == 0 ? 5 : i == 1 ? 3 : 4;
		bpf_spin_lock(&tree_lock);
		bpf_rbtree_add_impl(&tree_root, &leaf->node, less, NULL, 0);
		bpf_spin_unlock(&tree_lock);
	}
	bpf_spin_lock(&tree_lock);
	first = bpf_rbtree_first(&tree_root);
	if (first)
		least = container_of(first, struct leaf, node)->value;
	bpf_spin_unlock(&tree_lock);
	return least;
}

char _license[] SEC("license") = "Dual MIT/GPL";

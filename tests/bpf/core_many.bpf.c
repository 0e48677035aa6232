// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * More than 100 fields of the kernel's most used structs, each asked for and then read: what it costs to adapt a large object.
 */
#include "ebpfnet_core.h"

__u64 result;

/* Each is read through its own relocated address. */
#define ADD(field)                                             \
	do {                                                       \
		__u64 value = 0;                                       \
		if (core_field_exists(field))                          \
			bpf_probe_read_kernel(&value, sizeof(field),       \
				__builtin_preserve_access_index(&(field)));    \
		sum += value;                                          \
	} while (0)

struct task_struct {
	__u32 __state;
	__u32 saved_state;
	void *stack;
	__u32 flags;
	__u32 ptrace;
	__s32 on_cpu;
} EBPFNET_CORE;

struct signal_struct {
	__s32 nr_threads;
	__s32 quick_threads;
	void *curr_target;
	__s32 group_exit_code;
	__s32 notify_count;
	void *group_exec_task;
} EBPFNET_CORE;

struct cred {
	__u32 securebits;
	__u8 jit_keyring;
	void *session_keyring;
	void *process_keyring;
	void *thread_keyring;
	void *request_key_auth;
} EBPFNET_CORE;

struct file {
	__u32 f_mode;
	void *f_op;
	void *f_mapping;
	void *private_data;
	void *f_inode;
	__u32 f_flags;
} EBPFNET_CORE;

struct inode {
	__u16 i_mode;
	__u16 i_opflags;
	__u32 i_flags;
	void *i_acl;
	void *i_default_acl;
	void *i_op;
} EBPFNET_CORE;

struct dentry {
	__u32 d_flags;
	void *d_parent;
	void *d_inode;
	void *d_op;
	void *d_sb;
	__u64 d_time;
} EBPFNET_CORE;

struct super_block {
	__u32 s_dev;
	__u8 s_blocksize_bits;
	__u64 s_blocksize;
	__s64 s_maxbytes;
	void *s_type;
	void *s_op;
} EBPFNET_CORE;

struct sock {
	__s32 sk_peek_off;
	void *sk_rx_dst;
	__s32 sk_rx_dst_ifindex;
	__u32 sk_rx_dst_cookie;
	__u32 sk_ll_usec;
	__u32 sk_napi_id;
} EBPFNET_CORE;

struct sk_buff {
	void *sk;
	__u64 _nfct;
	__u32 len;
	__u32 data_len;
	__u16 mac_len;
	__u16 hdr_len;
} EBPFNET_CORE;

struct net_device {
	void *netdev_ops;
	void *header_ops;
	void *_tx;
	__u64 gso_partial_features;
	__u32 real_num_tx_queues;
	__u32 gso_max_size;
} EBPFNET_CORE;

struct tcp_sock {
	__u32 max_window;
	__u32 rcv_ssthresh;
	__u32 reordering;
	__u32 notsent_lowat;
	__u16 gso_segs;
	void *retransmit_skb_hint;
} EBPFNET_CORE;

struct inet_sock {
	void *pinet6;
	void *ipv6_fl_list;
	__u64 inet_flags;
	__u32 inet_saddr;
	__s16 uc_ttl;
	__u16 inet_sport;
} EBPFNET_CORE;

struct request {
	void *q;
	void *mq_ctx;
	void *mq_hctx;
	__u32 cmd_flags;
	__u32 rq_flags;
	__s32 tag;
} EBPFNET_CORE;

struct bio {
	void *bi_next;
	void *bi_bdev;
	__u32 bi_opf;
	__u16 bi_flags;
	__u16 bi_ioprio;
	__u8 bi_write_stream;
} EBPFNET_CORE;

struct page {
	__u64 memcg_data;
} EBPFNET_CORE;

struct vm_area_struct {
	void *vm_mm;
	__u32 vm_lock_seq;
	void *anon_vma;
	void *vm_ops;
	__u64 vm_pgoff;
	void *vm_file;
} EBPFNET_CORE;

struct rq {
	__u32 nr_running;
	__u32 nr_numa_running;
	__u32 nr_preferred_running;
	__u32 numa_migrate_on;
	__u64 last_blocked_load_update_tick;
	__u32 has_blocked_load;
} EBPFNET_CORE;

struct cgroup {
	__u64 flags;
	__s32 level;
	__s32 max_depth;
	__s32 nr_descendants;
	__s32 nr_dying_descendants;
	__s32 max_descendants;
} EBPFNET_CORE;

struct nsproxy {
	void *uts_ns;
	void *ipc_ns;
	void *mnt_ns;
	void *pid_ns_for_children;
	void *net_ns;
	void *time_ns;
} EBPFNET_CORE;

struct pid_namespace {
	__u32 pid_allocated;
	void *child_reaper;
	void *pid_cachep;
	__u32 level;
	__s32 pid_max;
	void *parent;
} EBPFNET_CORE;

struct socket {
	__s16 type;
	__u64 flags;
	void *file;
	void *sk;
	void *ops;
} EBPFNET_CORE;

SEC("raw_tp/sys_enter")
int read_task_struct(void **arguments)
{
	struct task_struct *p = arguments[0];
	__u64 sum = 0;

	ADD(p->__state);
	ADD(p->saved_state);
	ADD(p->stack);
	ADD(p->flags);
	ADD(p->ptrace);
	ADD(p->on_cpu);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_signal_struct(void **arguments)
{
	struct signal_struct *p = arguments[0];
	__u64 sum = 0;

	ADD(p->nr_threads);
	ADD(p->quick_threads);
	ADD(p->curr_target);
	ADD(p->group_exit_code);
	ADD(p->notify_count);
	ADD(p->group_exec_task);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_cred(void **arguments)
{
	struct cred *p = arguments[0];
	__u64 sum = 0;

	ADD(p->securebits);
	ADD(p->jit_keyring);
	ADD(p->session_keyring);
	ADD(p->process_keyring);
	ADD(p->thread_keyring);
	ADD(p->request_key_auth);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_file(void **arguments)
{
	struct file *p = arguments[0];
	__u64 sum = 0;

	ADD(p->f_mode);
	ADD(p->f_op);
	ADD(p->f_mapping);
	ADD(p->private_data);
	ADD(p->f_inode);
	ADD(p->f_flags);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_inode(void **arguments)
{
	struct inode *p = arguments[0];
	__u64 sum = 0;

	ADD(p->i_mode);
	ADD(p->i_opflags);
	ADD(p->i_flags);
	ADD(p->i_acl);
	ADD(p->i_default_acl);
	ADD(p->i_op);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_dentry(void **arguments)
{
	struct dentry *p = arguments[0];
	__u64 sum = 0;

	ADD(p->d_flags);
	ADD(p->d_parent);
	ADD(p->d_inode);
	ADD(p->d_op);
	ADD(p->d_sb);
	ADD(p->d_time);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_super_block(void **arguments)
{
	struct super_block *p = arguments[0];
	__u64 sum = 0;

	ADD(p->s_dev);
	ADD(p->s_blocksize_bits);
	ADD(p->s_blocksize);
	ADD(p->s_maxbytes);
	ADD(p->s_type);
	ADD(p->s_op);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_sock(void **arguments)
{
	struct sock *p = arguments[0];
	__u64 sum = 0;

	ADD(p->sk_peek_off);
	ADD(p->sk_rx_dst);
	ADD(p->sk_rx_dst_ifindex);
	ADD(p->sk_rx_dst_cookie);
	ADD(p->sk_ll_usec);
	ADD(p->sk_napi_id);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_sk_buff(void **arguments)
{
	struct sk_buff *p = arguments[0];
	__u64 sum = 0;

	ADD(p->sk);
	ADD(p->_nfct);
	ADD(p->len);
	ADD(p->data_len);
	ADD(p->mac_len);
	ADD(p->hdr_len);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_net_device(void **arguments)
{
	struct net_device *p = arguments[0];
	__u64 sum = 0;

	ADD(p->netdev_ops);
	ADD(p->header_ops);
	ADD(p->_tx);
	ADD(p->gso_partial_features);
	ADD(p->real_num_tx_queues);
	ADD(p->gso_max_size);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_tcp_sock(void **arguments)
{
	struct tcp_sock *p = arguments[0];
	__u64 sum = 0;

	ADD(p->max_window);
	ADD(p->rcv_ssthresh);
	ADD(p->reordering);
	ADD(p->notsent_lowat);
	ADD(p->gso_segs);
	ADD(p->retransmit_skb_hint);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_inet_sock(void **arguments)
{
	struct inet_sock *p = arguments[0];
	__u64 sum = 0;

	ADD(p->pinet6);
	ADD(p->ipv6_fl_list);
	ADD(p->inet_flags);
	ADD(p->inet_saddr);
	ADD(p->uc_ttl);
	ADD(p->inet_sport);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_request(void **arguments)
{
	struct request *p = arguments[0];
	__u64 sum = 0;

	ADD(p->q);
	ADD(p->mq_ctx);
	ADD(p->mq_hctx);
	ADD(p->cmd_flags);
	ADD(p->rq_flags);
	ADD(p->tag);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_bio(void **arguments)
{
	struct bio *p = arguments[0];
	__u64 sum = 0;

	ADD(p->bi_next);
	ADD(p->bi_bdev);
	ADD(p->bi_opf);
	ADD(p->bi_flags);
	ADD(p->bi_ioprio);
	ADD(p->bi_write_stream);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_page(void **arguments)
{
	struct page *p = arguments[0];
	__u64 sum = 0;

	ADD(p->memcg_data);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_vm_area_struct(void **arguments)
{
	struct vm_area_struct *p = arguments[0];
	__u64 sum = 0;

	ADD(p->vm_mm);
	ADD(p->vm_lock_seq);
	ADD(p->anon_vma);
	ADD(p->vm_ops);
	ADD(p->vm_pgoff);
	ADD(p->vm_file);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_rq(void **arguments)
{
	struct rq *p = arguments[0];
	__u64 sum = 0;

	ADD(p->nr_running);
	ADD(p->nr_numa_running);
	ADD(p->nr_preferred_running);
	ADD(p->numa_migrate_on);
	ADD(p->last_blocked_load_update_tick);
	ADD(p->has_blocked_load);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_cgroup(void **arguments)
{
	struct cgroup *p = arguments[0];
	__u64 sum = 0;

	ADD(p->flags);
	ADD(p->level);
	ADD(p->max_depth);
	ADD(p->nr_descendants);
	ADD(p->nr_dying_descendants);
	ADD(p->max_descendants);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_nsproxy(void **arguments)
{
	struct nsproxy *p = arguments[0];
	__u64 sum = 0;

	ADD(p->uts_ns);
	ADD(p->ipc_ns);
	ADD(p->mnt_ns);
	ADD(p->pid_ns_for_children);
	ADD(p->net_ns);
	ADD(p->time_ns);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_pid_namespace(void **arguments)
{
	struct pid_namespace *p = arguments[0];
	__u64 sum = 0;

	ADD(p->pid_allocated);
	ADD(p->child_reaper);
	ADD(p->pid_cachep);
	ADD(p->level);
	ADD(p->pid_max);
	ADD(p->parent);
	result = sum;
	return 0;
}

SEC("raw_tp/sys_enter")
int read_socket(void **arguments)
{
	struct socket *p = arguments[0];
	__u64 sum = 0;

	ADD(p->type);
	ADD(p->flags);
	ADD(p->file);
	ADD(p->sk);
	ADD(p->ops);
	result = sum;
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";

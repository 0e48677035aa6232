// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * More than 200 fields of the kernel's most used structs: what it costs to adapt a large object.
 */
#include "ebpfnet_core.h"

__u64 result;

/* Each is read through its own relocated address. */
#define ADD(field)                                             \
	do {                                                       \
		__u64 value = 0;                                       \
		bpf_probe_read_kernel(&value, sizeof(field),           \
			__builtin_preserve_access_index(&(field)));        \
		sum += value;                                          \
	} while (0)

struct task_struct {
	__u32 __state;
	__u32 saved_state;
	void *stack;
	__u32 flags;
	__u32 ptrace;
	__s32 on_cpu;
	__u32 wakee_flips;
	__u64 wakee_flip_decay_ts;
	void *last_wakee;
	__s32 recent_used_cpu;
	__s32 wake_cpu;
	__s32 on_rq;
} EBPFNET_CORE;

struct signal_struct {
	__s32 nr_threads;
	__s32 quick_threads;
	void *curr_target;
	__s32 group_exit_code;
	__s32 notify_count;
	void *group_exec_task;
	__s32 group_stop_count;
	__u32 flags;
	void *core_state;
	__s64 it_real_incr;
	void *tty_old_pgrp;
	__s32 leader;
} EBPFNET_CORE;

struct cred {
	__u32 securebits;
	__u8 jit_keyring;
	void *session_keyring;
	void *process_keyring;
	void *thread_keyring;
	void *request_key_auth;
	void *security;
	void *user;
	void *user_ns;
	void *ucounts;
	void *group_info;
} EBPFNET_CORE;

struct file {
	__u32 f_mode;
	void *f_op;
	void *f_mapping;
	void *private_data;
	void *f_inode;
	__u32 f_flags;
	__u32 f_iocb_flags;
	void *f_cred;
	void *f_owner;
	__s64 f_pos;
	void *f_security;
	__u32 f_wb_err;
} EBPFNET_CORE;

struct inode {
	__u16 i_mode;
	__u16 i_opflags;
	__u32 i_flags;
	void *i_acl;
	void *i_default_acl;
	void *i_op;
	void *i_sb;
	void *i_mapping;
	void *i_security;
	__u64 i_ino;
	__u32 i_rdev;
	__s64 i_size;
} EBPFNET_CORE;

struct dentry {
	__u32 d_flags;
	void *d_parent;
	void *d_inode;
	void *d_op;
	void *d_sb;
	__u64 d_time;
	void *d_fsdata;
} EBPFNET_CORE;

struct super_block {
	__u32 s_dev;
	__u8 s_blocksize_bits;
	__u64 s_blocksize;
	__s64 s_maxbytes;
	void *s_type;
	void *s_op;
	void *dq_op;
	void *s_qcop;
	void *s_export_op;
	__u64 s_flags;
	__u64 s_iflags;
	__u64 s_magic;
} EBPFNET_CORE;

struct sock {
	__s32 sk_peek_off;
	void *sk_rx_dst;
	__s32 sk_rx_dst_ifindex;
	__u32 sk_rx_dst_cookie;
	__u32 sk_ll_usec;
	__u32 sk_napi_id;
	__u16 sk_busy_poll_budget;
	__u8 sk_prefer_busy_poll;
	__u8 sk_userlocks;
	__s32 sk_rcvbuf;
	void *sk_filter;
	void *sk_data_ready;
} EBPFNET_CORE;

struct sk_buff {
	void *sk;
	__u64 _nfct;
	__u32 len;
	__u32 data_len;
	__u16 mac_len;
	__u16 hdr_len;
	__u16 queue_mapping;
	__u8 active_extensions;
	__u32 tail;
	__u32 end;
	void *head;
	void *data;
} EBPFNET_CORE;

struct net_device {
	void *netdev_ops;
	void *header_ops;
	void *_tx;
	__u64 gso_partial_features;
	__u32 real_num_tx_queues;
	__u32 gso_max_size;
	__u32 gso_ipv4_max_size;
	__u16 gso_max_segs;
	__s16 num_tc;
	__u32 mtu;
	__u16 needed_headroom;
	void *nf_hooks_egress;
} EBPFNET_CORE;

struct tcp_sock {
	__u32 max_window;
	__u32 rcv_ssthresh;
	__u32 reordering;
	__u32 notsent_lowat;
	__u16 gso_segs;
	void *retransmit_skb_hint;
	__u32 tsoffset;
	__u32 snd_wnd;
	__u32 mss_cache;
	__u32 snd_cwnd;
	__u32 prr_out;
	__u32 lost_out;
} EBPFNET_CORE;

struct inet_sock {
	void *pinet6;
	void *ipv6_fl_list;
	__u64 inet_flags;
	__u32 inet_saddr;
	__s16 uc_ttl;
	__u16 inet_sport;
	void *inet_opt;
	__u8 tos;
	__u8 min_ttl;
	__u8 mc_ttl;
	__u8 pmtudisc;
	__u8 rcv_tos;
} EBPFNET_CORE;

struct request {
	void *q;
	void *mq_ctx;
	void *mq_hctx;
	__u32 cmd_flags;
	__u32 rq_flags;
	__s32 tag;
	__s32 internal_tag;
	__u32 timeout;
	__u32 __data_len;
	__u64 __sector;
	void *bio;
	void *biotail;
} EBPFNET_CORE;

struct bio {
	void *bi_next;
	void *bi_bdev;
	__u32 bi_opf;
	__u16 bi_flags;
	__u16 bi_ioprio;
	__u8 bi_write_stream;
	__u8 bi_status;
	void *bi_end_io;
	void *bi_private;
	void *bi_blkg;
	__u64 issue_time_ns;
	__u64 bi_iocost_cost;
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
	void *vm_private_data;
	void *vm_policy;
	void *numab_state;
	void *pfnmap_track_ctx;
} EBPFNET_CORE;

struct rq {
	__u32 nr_running;
	__u32 nr_numa_running;
	__u32 nr_preferred_running;
	__u32 numa_migrate_on;
	__u64 last_blocked_load_update_tick;
	__u32 has_blocked_load;
	__u32 nohz_tick_stopped;
	__u32 ttwu_pending;
	__u64 nr_switches;
	void *tmp_alone_branch;
	__u64 nr_uninterruptible;
	void *dl_server;
} EBPFNET_CORE;

struct cgroup {
	__u64 flags;
	__s32 level;
	__s32 max_depth;
	__s32 nr_descendants;
	__s32 nr_dying_descendants;
	__s32 max_descendants;
	__s32 nr_populated_csets;
	__s32 nr_populated_domain_children;
	__s32 nr_populated_threaded_children;
	__s32 nr_threaded_children;
	__u32 kill_seq;
	void *kn;
} EBPFNET_CORE;

struct nsproxy {
	void *uts_ns;
	void *ipc_ns;
	void *mnt_ns;
	void *pid_ns_for_children;
	void *net_ns;
	void *time_ns;
	void *time_ns_for_children;
	void *cgroup_ns;
} EBPFNET_CORE;

struct pid_namespace {
	__u32 pid_allocated;
	void *child_reaper;
	void *pid_cachep;
	__u32 level;
	__s32 pid_max;
	void *parent;
	void *bacct;
	void *user_ns;
	void *ucounts;
	__s32 reboot;
	void *sysctls;
	__s32 memfd_noexec_scope;
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
	ADD(p->wakee_flips);
	ADD(p->wakee_flip_decay_ts);
	ADD(p->last_wakee);
	ADD(p->recent_used_cpu);
	ADD(p->wake_cpu);
	ADD(p->on_rq);
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
	ADD(p->group_stop_count);
	ADD(p->flags);
	ADD(p->core_state);
	ADD(p->it_real_incr);
	ADD(p->tty_old_pgrp);
	ADD(p->leader);
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
	ADD(p->security);
	ADD(p->user);
	ADD(p->user_ns);
	ADD(p->ucounts);
	ADD(p->group_info);
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
	ADD(p->f_iocb_flags);
	ADD(p->f_cred);
	ADD(p->f_owner);
	ADD(p->f_pos);
	ADD(p->f_security);
	ADD(p->f_wb_err);
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
	ADD(p->i_sb);
	ADD(p->i_mapping);
	ADD(p->i_security);
	ADD(p->i_ino);
	ADD(p->i_rdev);
	ADD(p->i_size);
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
	ADD(p->d_fsdata);
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
	ADD(p->dq_op);
	ADD(p->s_qcop);
	ADD(p->s_export_op);
	ADD(p->s_flags);
	ADD(p->s_iflags);
	ADD(p->s_magic);
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
	ADD(p->sk_busy_poll_budget);
	ADD(p->sk_prefer_busy_poll);
	ADD(p->sk_userlocks);
	ADD(p->sk_rcvbuf);
	ADD(p->sk_filter);
	ADD(p->sk_data_ready);
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
	ADD(p->queue_mapping);
	ADD(p->active_extensions);
	ADD(p->tail);
	ADD(p->end);
	ADD(p->head);
	ADD(p->data);
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
	ADD(p->gso_ipv4_max_size);
	ADD(p->gso_max_segs);
	ADD(p->num_tc);
	ADD(p->mtu);
	ADD(p->needed_headroom);
	ADD(p->nf_hooks_egress);
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
	ADD(p->tsoffset);
	ADD(p->snd_wnd);
	ADD(p->mss_cache);
	ADD(p->snd_cwnd);
	ADD(p->prr_out);
	ADD(p->lost_out);
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
	ADD(p->inet_opt);
	ADD(p->tos);
	ADD(p->min_ttl);
	ADD(p->mc_ttl);
	ADD(p->pmtudisc);
	ADD(p->rcv_tos);
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
	ADD(p->internal_tag);
	ADD(p->timeout);
	ADD(p->__data_len);
	ADD(p->__sector);
	ADD(p->bio);
	ADD(p->biotail);
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
	ADD(p->bi_status);
	ADD(p->bi_end_io);
	ADD(p->bi_private);
	ADD(p->bi_blkg);
	ADD(p->issue_time_ns);
	ADD(p->bi_iocost_cost);
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
	ADD(p->vm_private_data);
	ADD(p->vm_policy);
	ADD(p->numab_state);
	ADD(p->pfnmap_track_ctx);
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
	ADD(p->nohz_tick_stopped);
	ADD(p->ttwu_pending);
	ADD(p->nr_switches);
	ADD(p->tmp_alone_branch);
	ADD(p->nr_uninterruptible);
	ADD(p->dl_server);
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
	ADD(p->nr_populated_csets);
	ADD(p->nr_populated_domain_children);
	ADD(p->nr_populated_threaded_children);
	ADD(p->nr_threaded_children);
	ADD(p->kill_seq);
	ADD(p->kn);
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
	ADD(p->time_ns_for_children);
	ADD(p->cgroup_ns);
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
	ADD(p->bacct);
	ADD(p->user_ns);
	ADD(p->ucounts);
	ADD(p->reboot);
	ADD(p->sysctls);
	ADD(p->memfd_noexec_scope);
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

/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * How a program names its section, defines its maps and calls the kernel's helper functions.
 */
#ifndef EBPFNET_HELPERS_H
#define EBPFNET_HELPERS_H

#include "ebpfnet_types.h"

/* The section tells the loader what a function or variable is for; `used` keeps what nothing in C refers to. */
#define SEC(name) __attribute__((section(name), used))

/*
 * Members of a BTF-defined map. Nothing of them is stored: the loader reads numbers from the length of an
 * array type, and key and value types from what a pointer points to.
 */
#define __uint(name, number) int (*name)[number]
#define __type(name, c_type) __typeof__(c_type) *name
#define __array(name, c_type) __typeof__(c_type) *name[]

/* A helper is called by its number, which looks to C like a function at that address. */
#define EBPFNET_HELPER(number, returns, name, ...) \
	static returns (*const name)(__VA_ARGS__) __attribute__((unused)) = (returns (*)(__VA_ARGS__))(number)

EBPFNET_HELPER(1, void *, bpf_map_lookup_elem, void *map, const void *key);
EBPFNET_HELPER(2, long, bpf_map_update_elem, void *map, const void *key, const void *value, __u64 flags);
EBPFNET_HELPER(3, long, bpf_map_delete_elem, void *map, const void *key);
EBPFNET_HELPER(5, __u64, bpf_ktime_get_ns, void);
EBPFNET_HELPER(7, __u32, bpf_get_prandom_u32, void);
EBPFNET_HELPER(8, __u32, bpf_get_smp_processor_id, void);
EBPFNET_HELPER(12, long, bpf_tail_call, void *context, void *program_array, __u32 index);
EBPFNET_HELPER(14, __u64, bpf_get_current_pid_tgid, void);
EBPFNET_HELPER(16, long, bpf_get_current_comm, void *buffer, __u32 size);
EBPFNET_HELPER(26, long, bpf_skb_load_bytes, const void *skb, __u32 offset, void *to, __u32 length);
EBPFNET_HELPER(35, __u64, bpf_get_current_task, void);
EBPFNET_HELPER(68, long, bpf_skb_load_bytes_relative, const void *skb, __u32 offset, void *to, __u32 length, __u32 start);
EBPFNET_HELPER(87, long, bpf_map_push_elem, void *map, const void *value, __u64 flags);
EBPFNET_HELPER(88, long, bpf_map_pop_elem, void *map, void *value);
EBPFNET_HELPER(89, long, bpf_map_peek_elem, void *map, void *value);
EBPFNET_HELPER(112, long, bpf_probe_read_user, void *to, __u32 size, const void *from);
EBPFNET_HELPER(113, long, bpf_probe_read_kernel, void *to, __u32 size, const void *from);
EBPFNET_HELPER(164, long, bpf_for_each_map_elem, void *map, void *callback, void *context, __u64 flags);
EBPFNET_HELPER(181, long, bpf_loop, __u32 count, void *callback, void *context, __u64 flags);

/*
 * bpf_printk-like output to trace_pipe; only programs under a GPL-compatible licence may call it.
 * The format has to be in memory the program can name, so it is passed with its size.
 */
EBPFNET_HELPER(6, long, bpf_trace_printk, const char *format, __u32 format_size, __u64 a, __u64 b, __u64 c);

/* Network byte order is big endian; both forms work on constants at compile time. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define bpf_htons(x) ((__be16)__builtin_bswap16((__u16)(x)))
#define bpf_htonl(x) ((__be32)__builtin_bswap32((__u32)(x)))
#else
#define bpf_htons(x) ((__be16)(x))
#define bpf_htonl(x) ((__be32)(x))
#endif
#define bpf_ntohs(x) bpf_htons(x)
#define bpf_ntohl(x) bpf_htonl(x)

#endif

/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * Integer types under the names that kernel code uses. Our own, so that the objects are the same bytes
 * whatever kernel headers the building machine has.
 */
#ifndef EBPFNET_TYPES_H
#define EBPFNET_TYPES_H

typedef unsigned char __u8;
typedef signed char __s8;
typedef unsigned short __u16;
typedef signed short __s16;
typedef unsigned int __u32;
typedef signed int __s32;
typedef unsigned long long __u64;
typedef signed long long __s64;

/* Values in network byte order. */
typedef __u16 __be16;
typedef __u32 __be32;

_Static_assert(sizeof(__u64) == 8 && sizeof(void *) == 8, "these headers are for -target bpf");

#ifndef NULL
#define NULL ((void *)0)
#endif

#define __always_inline inline __attribute__((always_inline))
#define __noinline __attribute__((noinline))
#define __weak __attribute__((weak))
#define __hidden __attribute__((visibility("hidden")))

#endif

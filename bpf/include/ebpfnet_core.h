/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * CO-RE: questions about the types of the kernel that a program is loaded into. The compiler answers for the types as
 * they are declared here, and notes each place, where the loader then writes the answer for the kernel.
 *
 * Declare only the members in use, in a struct of the kernel's name with EBPFNET_CORE behind it; what follows three
 * underscores in the name (task_struct___old) does not count.
 */
#ifndef EBPFNET_CORE_H
#define EBPFNET_CORE_H

#include "ebpfnet_helpers.h"

/* Every access to a member of such a struct is adapted. */
#define EBPFNET_CORE __attribute__((preserve_access_index))

/* About a member, such as ((struct sock *)0)->sk_mark, or a pointer's. */
#define core_field_offset(field) __builtin_preserve_field_info(field, 0)
#define core_field_size(field) __builtin_preserve_field_info(field, 1)
#define core_field_exists(field) __builtin_preserve_field_info(field, 2)
#define core_field_signed(field) __builtin_preserve_field_info(field, 3)
#define core_field_left_shift(field) __builtin_preserve_field_info(field, 4)
#define core_field_right_shift(field) __builtin_preserve_field_info(field, 5)

/* About a type: struct, union, enum or typedef. */
#define core_type_id_local(type) __builtin_btf_type_id(*(type *)0, 0)
#define core_type_id_kernel(type) __builtin_btf_type_id(*(type *)0, 1)
#define core_type_exists(type) __builtin_preserve_type_info(*(type *)0, 0)
#define core_type_size(type) __builtin_preserve_type_info(*(type *)0, 1)
#define core_type_matches(type) __builtin_preserve_type_info(*(type *)0, 2)

/* About an enumerator. */
#define core_enumerator_exists(type, name) __builtin_preserve_enum_value(*(type *)name, 0)
#define core_enumerator_value(type, name) __builtin_preserve_enum_value(*(type *)name, 1)

/* Reads a member of a kernel object, through a pointer that the verifier does not know. Returns 0 or an error. */
#define core_read(to, field) \
	bpf_probe_read_kernel(to, sizeof(*(to)), __builtin_preserve_access_index(&(field)))

#endif

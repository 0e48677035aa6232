// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * The kernel keeps 15 characters of a name and allows letters, digits, `_` and `.` in it. Names that are longer, or
 * equal up to there, have to stay distinct for users.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} a_map_with_a_very_long_name_indeed_1 SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} a_map_with_a_very_long_name_indeed_2 SEC(".maps");

__u32 a_variable_with_a_very_long_name_indeed = 5;

static __noinline int a_subprogram_with_a_very_long_name_indeed(__u32 key)
{
	return bpf_map_lookup_elem(&a_map_with_a_very_long_name_indeed_1, &key) != NULL;
}

SEC("xdp")
int a_program_with_a_very_long_name_1(struct xdp_md *ctx)
{
	return a_subprogram_with_a_very_long_name_indeed(0) + a_variable_with_a_very_long_name_indeed;
}

SEC("xdp")
int a_program_with_a_very_long_name_2(struct xdp_md *ctx)
{
	__u32 key = 1;

	return bpf_map_lookup_elem(&a_map_with_a_very_long_name_indeed_2, &key) != NULL;
}

char _license[] SEC("license") = "Dual MIT/GPL";

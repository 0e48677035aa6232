// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Global variables of every section, size and visibility. Static and hidden ones are the program's own business and
 * must not be offered to users; weak ones are. Each program returns or changes what its name says.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

struct settings {
	__u32 rate;
	__u16 port;
	__u8 flag;
	__u8 reserved;
	__u64 limit;
};

enum level { LEVEL_LOW = 1, LEVEL_HIGH = 9 };

/* .rodata: constants that a user may set before load. `volatile` keeps the compiler from folding the value in. */
const volatile __u8 ro_u8 = 8;
const volatile __u16 ro_u16 = 1600;
const volatile __u32 ro_u32 = 320000;
const volatile __u64 ro_u64 = 6400000000;
const volatile __s32 ro_negative = -5;
const volatile _Bool ro_bool = 1;
const volatile enum level ro_level = LEVEL_HIGH;
const volatile struct settings ro_settings = { .rate = 10, .port = 443, .flag = 1, .limit = 1000 };
const volatile __u32 ro_array[4] = { 1, 2, 3, 4 };
const volatile char ro_text[16] = "hello";
static const volatile __u32 ro_static = 77;
__weak const volatile __u32 ro_weak = 88;
__hidden const volatile __u32 ro_hidden = 99;

/* .data: initialised and writable, also by the program. */
__u8 data_u8 = 1;
__u16 data_u16 = 2;
__u32 data_u32 = 3;
__u64 data_u64 = 4;
__s64 data_negative = -6;
struct settings data_settings = { .rate = 20, .port = 8080, .limit = 2000 };
__u32 data_array[3] = { 10, 20, 30 };
static volatile __u32 data_static = 7;
__weak __u32 data_weak = 8;
__hidden volatile __u32 data_hidden = 9;

/* .bss: zero until something writes. */
__u8 bss_u8;
__u64 bss_runs;
struct settings bss_settings;
__u32 bss_array[5];
static volatile __u32 bss_static;
volatile _Bool bss_flag;

/* Sections of one's own choosing, mapped like .rodata, .data and .bss. */
const volatile __u32 ro_custom SEC(".rodata.custom") = 1234;
__u32 data_custom SEC(".data.custom") = 5678;
__u32 bss_custom SEC(".bss.custom");

SEC("xdp")
int sum_of_rodata(struct xdp_md *ctx)
{
	__u32 sum = 0;

	for (int i = 0; i < 4; i++)
		sum += ro_array[i];
	return sum + ro_u8 + ro_u16 + ro_u32 + (__u32)ro_u64 + ro_negative + ro_bool + ro_level + ro_settings.rate +
	       ro_settings.port + ro_settings.flag + (__u32)ro_settings.limit + ro_text[0] + ro_static + ro_weak +
	       ro_hidden + ro_custom;
}

SEC("xdp")
int return_ro_u32(struct xdp_md *ctx)
{
	return ro_u32;
}

/* Copies what a user set in .data to .bss, so that both directions are seen. */
SEC("xdp")
int copy_data_to_bss(struct xdp_md *ctx)
{
	bss_u8 = data_u8;
	bss_settings = data_settings;
	bss_array[0] = data_u16;
	bss_array[1] = data_u32;
	bss_array[2] = data_array[0] + data_array[1] + data_array[2];
	bss_array[3] = data_weak;
	bss_array[4] = data_static + data_hidden;
	bss_static = data_u32;
	bss_flag = data_negative < 0;
	bss_custom = data_custom;
	data_u64++;
	__sync_fetch_and_add(&bss_runs, 1);
	return bss_static;
}

char _license[] SEC("license") = "Dual MIT/GPL";

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Maps as they were defined before BTF, with and without members that were added by one loader or another.
 * object: legacy_maps.bpf.o
 * object: legacy_maps_longer.bpf.o -DLONGER
 * object: legacy_maps_unknown.bpf.o -DLONGER -DUNKNOWN=7
 * object: legacy_maps_static.bpf.o -DSTORAGE=static
 * object: legacy_maps_sections.bpf.o -DSECTION=maps/second
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#ifndef UNKNOWN
#define UNKNOWN 0
#endif
#ifndef SECTION
#define SECTION maps
#endif
#ifndef STORAGE
#define STORAGE
#endif

#define AS_TEXT(name) #name
#define TEXT(name) AS_TEXT(name)

/* Loaders added members of their own behind these. */
struct bpf_map_def {
	__u32 type, key_size, value_size, max_entries, map_flags;
#ifdef LONGER
	__u32 unknown;
#endif
};

struct bpf_map_def first SEC("maps") = {
	.type = BPF_MAP_TYPE_HASH,
	.key_size = 4,
	.value_size = 8,
	.max_entries = 16,
	.map_flags = BPF_F_NO_PREALLOC,
};

STORAGE struct bpf_map_def second SEC(TEXT(SECTION)) = {
	.type = BPF_MAP_TYPE_ARRAY,
	.key_size = 4,
	.value_size = 2,
	.max_entries = 3,
#ifdef LONGER
	.unknown = UNKNOWN,
#endif
};

SEC("xdp")
int uses_both(struct xdp_md *ctx)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&second, &key) && bpf_map_lookup_elem(&first, &key);
}

char _license[] SEC("license") = "GPL";
__u32 _version SEC("version") = 0x050203;

// SPDX-License-Identifier: MIT
// Map operations through libbpf's wrappers, and what the library says of itself.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define element_lookup(map, key, value) bpf_map_lookup_elem(map, key, value)
#define element_update(map, key, value, flags) bpf_map_update_elem(map, key, value, flags)
#define element_delete(map, key) bpf_map_delete_elem(map, key)
#define element_lookup_and_delete(map, key, value) bpf_map_lookup_and_delete_elem(map, key, value)
#define element_next_key(map, key, next) bpf_map_get_next_key(map, key, next)
#define batch_lookup(map, in, out, keys, values, count) bpf_map_lookup_batch(map, in, out, keys, values, count, NULL)
#define batch_update(map, keys, values, count) bpf_map_update_batch(map, keys, values, count, NULL)
#define batch_delete(map, keys, count) bpf_map_delete_batch(map, keys, count, NULL)

#include "map_loops.h"

const char *peer_version(void)
{
	return libbpf_version_string();
}

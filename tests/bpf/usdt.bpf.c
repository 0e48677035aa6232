// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Programs on USDT probes that keep the arguments they see.
 *
 * object: usdt.bpf.o
 * object: usdt_before_1_7.bpf.o -DUSDT_BEFORE_1_7
 */
#define USDT_MAX_SPECS 4
#include "ebpfnet_usdt.h"

__u64 seen, cookie;
int count;
__s64 sum, arguments[12];

SEC("usdt")
int on_probe(void *context)
{
	__sync_fetch_and_add(&seen, 1);
	count = usdt_argument_count(context);
	cookie = usdt_cookie(context);
	for (int i = 0; i < 6; i++)
		usdt_argument(context, i, &arguments[i]);
	sum += arguments[0];
	return 0;
}

char _license[] SEC("license") = "Dual MIT/GPL";

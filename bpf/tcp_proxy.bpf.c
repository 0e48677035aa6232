// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * tcp_proxy: brings new TCP connections to any number of ports to one listening socket per app.
 *
 * An app is a number: the index of its listening socket in `listeners`. Connections to ports that no app has go where
 * they would go without the program, and so do those of an app whose process is gone.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_socket.h"

/* Size before user space changes them. */
#define DEFAULT_APPS 1024

#define NAME_SIZE 64

/* In `ports`: nobody may connect here. For the ports that the listening sockets are bound to. */
#define TCP_PROXY_REFUSED 0xffffffff

struct tcp_proxy_app {
	char name[NAME_SIZE];	/* for the process that takes over */
};

struct tcp_proxy_steering {
	__u64 steered;	/* connection attempts brought to the app's socket */
	__u64 unserved;	/* found no socket there */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 65536);
	__type(key, __u32);	/* the port */
	__type(value, __u32);	/* 0: nobody's; TCP_PROXY_REFUSED; else the app's number + 1 */
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SOCKMAP);
	__uint(max_entries, DEFAULT_APPS);
	__type(key, __u32);
	__type(value, __u64);
} listeners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, DEFAULT_APPS);
	__type(key, __u32);
	__type(value, struct tcp_proxy_app);
} apps SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, DEFAULT_APPS);
	__type(key, __u32);
	__type(value, struct tcp_proxy_steering);
} steering SEC(".maps");

SEC("sk_lookup")
int tcp_proxy_steer(struct bpf_sk_lookup *ctx)
{
	struct tcp_proxy_steering *counters;
	__u32 port = ctx->local_port;
	void *socket;
	__u32 *entry;
	__u32 app;
	long error;

	if (ctx->protocol != IPPROTO_TCP)
		return SK_PASS;
	entry = bpf_map_lookup_elem(&ports, &port);
	if (!entry || *entry == 0)
		return SK_PASS;
	if (*entry == TCP_PROXY_REFUSED)
		return SK_DROP;
	app = *entry - 1;
	counters = bpf_map_lookup_elem(&steering, &app);
	socket = bpf_map_lookup_elem(&listeners, &app);
	if (!socket) {
		if (counters)
			counters->unserved++;
		return SK_PASS;
	}
	error = bpf_sk_assign(ctx, socket, 0);
	bpf_sk_release(socket);
	if (counters && !error)
		counters->steered++;
	return error ? SK_DROP : SK_PASS;
}

char _license[] SEC("license") = "Dual MIT/GPL";

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Programs that throw, and functions that the kernel calls then: named by a tag, referred to by no instruction. Needs Linux 6.7 (bpf_throw).
 *
 * object: exceptions.bpf.o
 * object: exceptions_wrong.bpf.o -DWRONG
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define callback(name) __attribute__((btf_decl_tag("exception_callback:" #name)))

void bpf_throw(__u64 cookie) __attribute__((section(".ksyms")));

__noinline int add_five(int x)
{
	asm volatile("" : "+r"(x));
	return x + 5;
}

/* Becomes what the program returns. */
int recover(__u64 cookie)
{
	return add_five(cookie);
}

__hidden int hidden_recover(__u64 cookie)
{
	return cookie;
}

#ifndef WRONG

static __noinline int check(struct __sk_buff *ctx, __u32 limit)
{
	if (ctx->len > limit)
		bpf_throw(ctx->len);
	return 1;
}

/* Returns 1 for a short packet, its length and 5 for a long one. */
SEC("tc")
callback(recover)
int recovers(struct __sk_buff *ctx)
{
	return check(ctx, 100);
}

/* Without a callback of its own the cookie is returned. */
SEC("tc")
int throws(struct __sk_buff *ctx)
{
	return check(ctx, 100);
}

/* The callback's function is there already when the callback is appended. */
SEC("tc")
callback(recover)
int shares(struct __sk_buff *ctx)
{
	return check(ctx, add_five(ctx->mark));
}

/* Has a callback, and does not throw. */
SEC("tc")
callback(recover)
int never_throws(struct __sk_buff *ctx)
{
	return ctx->len;
}

#else

SEC("tc")
callback(nowhere)
int names_nothing(struct __sk_buff *ctx)
{
	return 1;
}

SEC("tc")
callback(hidden_recover)
int names_a_hidden_one(struct __sk_buff *ctx)
{
	return 1;
}

SEC("tc")
callback(right)
int names_a_program(struct __sk_buff *ctx)
{
	return 1;
}

SEC("tc")
callback(recover) callback(add_five)
int names_two(struct __sk_buff *ctx)
{
	return 1;
}

SEC("tc")
callback()
int names_none(struct __sk_buff *ctx)
{
	return 1;
}

SEC("tc")
int right(struct __sk_buff *ctx)
{
	return 2;
}

#endif

char _license[] SEC("license") = "GPL";

/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * The bytes at hand: a part of what was sent, looked at eight at a time.
 */
#ifndef HTTP_WORK_H
#define HTTP_WORK_H

#include "http_connection.h"

/* Bytes looked at in one go. */
#define HTTP_CHUNK 512

/* Words of lines that are looked at without a look at anything else. */
#define HTTP_WORDS 16

struct http_work {
	__u64 now;
	__u64 memory;		/* where the bytes are in the process */
	__u64 vector;		/* where its next struct iovec is */
	__u32 vectors;		/* how many of them are left */
	__u32 all;		/* bytes of a read or write that are left */
	__u32 direction;
	__u32 offset;		/* where `bytes` begins in the packet */
	__u32 left;		/* bytes from there to the end of packet or buffer */
	__u32 position;		/* in `bytes` */
	__u32 end;
	__u32 is_over;		/* the rest of it is of no interest */
	__u32 is_in_order;	/* it follows what was seen before */
	__u8 bytes[HTTP_CHUNK + 16];	/* some more may be looked at than there are */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct http_work);
} work SEC(".maps");

/* As a number whose first byte is the highest, or the lowest. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HTTP_IN_ORDER(word) __builtin_bswap64(word)
#define HTTP_IN_REVERSE(word) (word)
#else
#define HTTP_IN_ORDER(word) (word)
#define HTTP_IN_REVERSE(word) __builtin_bswap64(word)
#endif

/* 0x80 in the place of each end of a line, the first byte's the lowest. */
static __always_inline __u64 http_mark_line_ends(__u64 word)
{
	__u64 differing = HTTP_IN_REVERSE(word) ^ 0x0a0a0a0a0a0a0a0aull;

	/* Seven bits that are 0 carry nothing into the eighth. */
	return ~(((differing & 0x7f7f7f7f7f7f7f7full) + 0x7f7f7f7f7f7f7f7full) | differing | 0x7f7f7f7f7f7f7f7full);
}

/* How many bytes come before the first that is marked. */
static __always_inline __u32 http_bytes_before(__u64 marked)
{
	__u64 lowest = marked & -marked;

	/* All bits below the mark: of each byte up to it one is taken, and these are added up in the highest. */
	return (((lowest - 1) & 0x0101010101010101ull) * 0x0101010101010101ull >> 56) - 1;
}

/* Eight bytes, from a position on. */
#define HTTP_WORD_AT(at, position) (*(const __u64 *)&(at)->bytes[(position) & (HTTP_CHUNK - 1)])

static __always_inline int http_is_digit(__u8 c)
{
	return c >= '0' && c <= '9';
}

/*
 * The next words of a line of which only the end matters. Returns whether that was found; then `position` is behind it.
 *
 * A global function, as others that have loops: the verifier looks at each once, not on every path that leads there.
 */
__noinline int http_skip_line(struct http_work *at, struct http_half *half)
{
	__u64 last, marked = 0;
	__u32 position, end;

	if (!at || !half)
		return 0;
	position = at->position;
	end = at->end;
	last = half->last;
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < HTTP_WORDS && position < end && !marked; i++) {
		__u64 word = HTTP_WORD_AT(at, position);
		__u32 bytes = end - position < 8 ? end - position : 8;

		marked = http_mark_line_ends(word);
		if (marked)
			bytes = http_bytes_before(marked);
		/* In two steps, none of them by 64. */
		last = bytes ? last << 8 << (8 * (bytes - 1) & 63) | HTTP_IN_ORDER(word) >> (64 - 8 * bytes & 63) : last;
		position += bytes;
	}
	half->length += position - at->position;
	half->last = last;
	at->position = position + !!marked;
	return marked != 0;
}

#endif

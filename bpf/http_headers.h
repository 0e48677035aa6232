/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * The headers of a message: which of them tell where its body ends. All others are passed over as quickly as can be.
 */
#ifndef HTTP_HEADERS_H
#define HTTP_HEADERS_H

#include "http_work.h"

static const char content_length[32] = "content-length";
static const char transfer_encoding[32] = "transfer-encoding";

#define CONTENT 0x636f6e74656e742dull	/* "content-" */
#define TRANSFER 0x7472616e73666572ull	/* "transfer" */
#define LENGTH 0x6c656e6774683aull	/* "length:" */
#define HTTP_SAYS_LENGTH(word) ((HTTP_IN_ORDER(word) | 0x2020202020202020ull) >> 8 == LENGTH)
#define EMPTY_LINE 0x0d0aull
#define CONTENT_LENGTH 14
#define TRANSFER_ENCODING 17
#define CHUNKED 0x6368756e6b6564ull	/* "chunked" */

/* The empty line after the headers. */
static __always_inline void http_head_end(struct http_work *at, struct http_connection *connection, struct http_half *half)
{
	__u8 is_response = at->direction & 1;

	if (is_response && (half->flags & HTTP_NO_BODY)) {
		http_enter(half, HTTP_START);
	} else if (half->flags & HTTP_IS_CHUNKED) {
		http_enter(half, HTTP_CHUNK_SIZE);
		half->remaining = 0;
	} else if (half->flags & HTTP_HAS_LENGTH) {
		http_enter(half, half->remaining ? HTTP_BODY : HTTP_START);
	} else if (is_response) {
		half->state = HTTP_TUNNEL;
		connection->halves[HTTP_RESPONSES].state = HTTP_TUNNEL;	/* if this came late, too */
	} else {
		http_enter(half, HTTP_START);
	}
}

/* The next header's name, or the empty line, begins here. */
static __always_inline void http_enter_name(struct http_half *half)
{
	http_enter(half, HTTP_NAME);
	half->flags |= HTTP_MAYBE_LENGTH | HTTP_MAYBE_CODING;
}

static __always_inline void http_enter_length(struct http_half *half)
{
	http_enter(half, HTTP_LENGTH);
	half->flags |= HTTP_HAS_LENGTH;
	half->remaining = 0;
}

/* A byte of the value of Content-Length or Transfer-Encoding: of the latter, the last word counts. */
static __always_inline void http_value(struct http_half *half, __u8 c)
{
	if (half->state == HTTP_LENGTH) {
		if (http_is_digit(c))
			half->remaining = half->remaining * 10 + (c - '0');
	} else if (c == ' ' || c == '\t' || c == '\r') {
		half->flags |= HTTP_AFTER_BLANK;
	} else {
		half->last = half->flags & HTTP_AFTER_BLANK ? c : half->last << 8 | c;
		half->flags &= ~HTTP_AFTER_BLANK;
	}
}

/* The next eight bytes of a header's value, or as many as there are before its end. Returns whether that was found. */
__noinline int http_skip_value(struct http_work *at, struct http_half *half)
{
	__u64 word, marked;
	__u32 bytes;

	if (!at || !half)
		return 0;
	word = HTTP_WORD_AT(at, at->position);
	marked = http_mark_line_ends(word);
	bytes = at->end - at->position < 8 ? at->end - at->position : 8;
	if (marked)
		bytes = http_bytes_before(marked);
	at->position += bytes + !!marked;
	word = HTTP_IN_ORDER(word);
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < 8 && i < bytes; i++) {
		http_value(half, word >> 56);
		word <<= 8;
	}
	return marked != 0;
}

/* The value of Content-Length or Transfer-Encoding is over. */
static __always_inline void http_value_end(struct http_half *half)
{
	__u8 before = half->last >> 56;

	if (half->state == HTTP_CODING && ((half->last & 0xffffffffffffffull) | 0x20202020202020ull) == CHUNKED && (before == 0 || before == ','))
		half->flags |= HTTP_IS_CHUNKED;
	half->flags &= ~HTTP_AFTER_BLANK;
	http_enter_name(half);
}

/* Headers of no interest, as many as there are in the next words. Where one begins that may be of interest, or nothing is left, it ends; returns whether a name begins there. */
__noinline int http_skip_headers(struct http_work *at, struct http_half *half)
{
	__u32 position, end, length, is_name;

	if (!at || !half)
		return 0;
	position = at->position;
	end = at->end;
	length = half->length;
	is_name = half->state == HTTP_NAME;
#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < HTTP_WORDS && position < end; i++) {
		__u64 word = HTTP_WORD_AT(at, position), letters = HTTP_IN_ORDER(word), marked;
		__u32 bytes = end - position < 8 ? end - position : 8;

		if (is_name) {
			__u8 first = letters >> 56;

			letters |= 0x2020202020202020ull;
			if (bytes < 8 || first == '\r' || first == '\n' || letters == TRANSFER)
				break;
			/* Content-Type is all but everywhere. */
			if (letters == CONTENT && (end - position < 15 || HTTP_SAYS_LENGTH(HTTP_WORD_AT(at, position + 8))))
				break;
			is_name = 0;
		}
		marked = http_mark_line_ends(word);
		if (marked) {
			position += http_bytes_before(marked) + 1;
			is_name = 1;
			length = 0;
		} else {
			position += bytes;
			length += bytes;
		}
	}
	at->position = position;
	if (is_name)
		http_enter_name(half);
	else
		half->state = HTTP_REST;
	half->length = length;
	return is_name;
}

/* A byte of a header's name, or of the empty line. */
static __always_inline void http_name(struct http_work *at, struct http_connection *connection, struct http_half *half, __u8 c)
{
	__u32 length = half->length;

	if (c == '\n') {
		if (length == 0)
			http_head_end(at, connection, half);
		else
			http_enter_name(half);
		return;
	}
	if (c == '\r')
		return;
	if (c == ':') {
		if ((half->flags & HTTP_MAYBE_LENGTH) && length == CONTENT_LENGTH)
			http_enter_length(half);
		else
			http_enter(half, (half->flags & HTTP_MAYBE_CODING) && length == TRANSFER_ENCODING ? HTTP_CODING : HTTP_REST);
		return;
	}
	if ((c | 0x20) != content_length[length & 31])
		half->flags &= ~HTTP_MAYBE_LENGTH;
	if ((c | 0x20) != transfer_encoding[length & 31])
		half->flags &= ~HTTP_MAYBE_CODING;
	half->length = length + 1;
	if (!(half->flags & (HTTP_MAYBE_LENGTH | HTTP_MAYBE_CODING)) || length > 30)
		http_enter(half, HTTP_REST);
}

/* What begins where http_skip_headers() ended: the empty line, or one of two names as far as there are eight bytes of it. */
static __always_inline int http_skip_name(struct http_work *at, struct http_connection *connection, struct http_half *half)
{
	__u32 position = at->position, available = at->end - position;
	__u64 letters = HTTP_IN_ORDER(HTTP_WORD_AT(at, position));

	if (available >= 2 && letters >> 48 == EMPTY_LINE) {
		at->position = position + 2;
		http_head_end(at, connection, half);
		return 1;
	}
	letters |= 0x2020202020202020ull;
	if (available < 8 || (letters != CONTENT && letters != TRANSFER))
		return 0;
	at->position = position + 8;
	if (letters == CONTENT && available >= 15 && HTTP_SAYS_LENGTH(HTTP_WORD_AT(at, position + 8))) {
		at->position = position + 15;
		http_enter_length(half);
		return 1;
	}
	half->flags &= letters == CONTENT ? ~HTTP_MAYBE_CODING : ~HTTP_MAYBE_LENGTH;
	half->length = 8;
	return 1;
}

#endif

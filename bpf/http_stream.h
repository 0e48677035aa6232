/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * HTTP/1.0 and HTTP/1.1 as it goes by, in both directions of a connection: which bytes begin a message, which are its body,
 * what is counted. Nothing is kept of a message but where in it the connection is, so that messages may be cut
 * anywhere, and any number of them may come at once.
 *
 * Where the bytes come from is the includer's affair: it fills `http_work.bytes` and calls http_parse().
 */
#ifndef HTTP_STREAM_H
#define HTTP_STREAM_H

#include "http_headers.h"

/* What a line may have before it is taken for something else than HTTP. */
#define HTTP_LONGEST_LINE 65536

/* Names of methods are not longer. */
#define HTTP_LONGEST_METHOD 24

static const char version[8] = "HTTP/1.";

#define HTTP_1 0x485454502f312eull	/* "HTTP/1." */
#define GET 0x47455420ull		/* "GET " */
#define VERSION_1_0 0x5454502f312e30ull	/* "TTP/1.0": with the end of the line, the `H` is out of sight */
#define VERSION_1_1 0x5454502f312e31ull
#define METHOD_HEAD 0x48454144ull
#define METHOD_CONNECT 0x434f4e4e454354ull

/*
 * Returns unless a number is from 1 to `most`. The verifier believes a bound that is set just before the use, and before
 * Linux 6.8 it learns nothing from a number not being 0.
 */
#define HTTP_RETURN_UNLESS(number, most, result)	\
	do {						\
		number--;				\
		HTTP_OPAQUE(number);			\
		if (number > (most) - 1)		\
			return result;			\
		HTTP_OPAQUE(number);			\
		number++;				\
	} while (0)

/* This is not HTTP, or not a place where a message begins. */
static __noinline int http_mismatch(struct http_work *at, struct http_connection *connection, struct http_half *half)
{
	at->is_over = 1;
	if (at->direction == HTTP_REQUESTS && at->is_in_order && connection->requests == 0) {
		http_end_http(connection);
		HTTP_COUNT_RARE(not_http);
		return 0;
	}
	http_enter(half, HTTP_LOST);
	return 0;
}

static __always_inline int http_is_upper(__u8 c)
{
	return c >= 'A' && c <= 'Z';
}

/* A request begins with a method, which is letters that are capitals; a response with HTTP. */
static __always_inline int http_begins_request(const __u8 letters[4])
{
	return http_is_upper(letters[0]) && http_is_upper(letters[1]) && http_is_upper(letters[2]) &&
	       !(letters[0] == 'H' && letters[1] == 'T' && letters[2] == 'T' && letters[3] == 'P');
}

struct http_cursor {
	struct http_work *at;
	struct http_connection *connection;
	struct http_half *half;
};

/* A byte of a method, or of a version and status. */
static __always_inline void http_start(struct http_work *at, struct http_connection *connection, struct http_half *half, __u8 c)
{
	__u32 length = half->length;

	if (length == 0) {
		if (c == '\r' || c == '\n')
			return;	/* some put an empty line before a message */
		half->started = at->now;
		half->flags = 0;
		half->status = 0;
		half->remaining = 0;
		half->last = 0;
	}
	half->length = length + 1;
	if (at->direction & 1) {
		if (length < 7 ? c != version[length & 7] : length == 8 ? c != ' ' : !http_is_digit(c)) {
			http_mismatch(at, connection, half);
		} else if (length > 8) {
			half->status = half->status * 10 + (c - '0');
			if (length == 11) {
				http_enter(half, HTTP_REST);
				http_count_response(connection, half);
			}
		}
	} else if (c == ' ' && length > 2) {
		if (half->last == METHOD_HEAD)
			half->flags |= HTTP_NO_BODY;
		if (half->last == METHOD_CONNECT)
			half->flags |= HTTP_IS_CONNECT;
		http_enter(half, HTTP_FIRST_LINE);
	} else if ((http_is_upper(c) || c == '-') && length < HTTP_LONGEST_METHOD) {
		half->last = half->last << 8 | c;
	} else {
		http_mismatch(at, connection, half);
	}
}

/* The first bytes of a message: what most begin with. */
static __always_inline int http_skip_start(struct http_work *at, struct http_connection *connection, struct http_half *half, __u64 word, const __u8 *status)
{
	__u64 letters = HTTP_IN_ORDER(word);

	if (!(at->direction & 1)) {
		if (letters >> 32 != GET)
			return 0;
		http_enter(half, HTTP_FIRST_LINE);
		half->flags = 0;
		at->position += 4;
	} else {
		if (letters >> 8 != HTTP_1 || !http_is_digit(letters) || status[0] != ' ' ||
		    !http_is_digit(status[1]) || !http_is_digit(status[2]) || !http_is_digit(status[3]))
			return 0;
		http_enter(half, HTTP_REST);
		half->status = (status[1] - '0') * 100 + (status[2] - '0') * 10 + (status[3] - '0');
		at->position += 12;
	}
	half->started = at->now;
	half->remaining = 0;
	if (at->direction & 1)
		http_count_response(connection, half);
	return 1;
}

/* The line that begins a request is over; `half->last` has its end. */
static __always_inline void http_request_line_end(struct http_work *at, struct http_connection *connection, struct http_half *half)
{
	__u64 end = ((half->last & 0xff) == '\r' ? half->last >> 8 : half->last) & 0xffffffffffffffull;

	if (end != VERSION_1_0 && end != VERSION_1_1) {
		http_mismatch(at, connection, half);
		return;
	}
	http_count_request(connection, half);
	half->flags = 0;
	http_enter_name(half);
}

/* The line with a chunk's size is over. */
static __always_inline void http_chunk_line_end(struct http_half *half)
{
	if (half->remaining == 0) {
		http_enter(half, HTTP_TRAILER);
	} else {
		half->remaining += 2;	/* the end of its line */
		half->state = HTTP_CHUNK_BODY;
	}
}

static __always_inline void http_chunk_size(struct http_half *half, __u8 c)
{
	__u8 letter = (c | 0x20) - 'a';

	if (http_is_digit(c)) {
		half->remaining = half->remaining << 4 | (c - '0');
	} else if (letter < 6) {
		half->remaining = half->remaining << 4 | (letter + 10);
	} else {
		half->state = HTTP_CHUNK_LINE;
		half->last = c;
	}
}

/* Looks at the next byte. */
static __always_inline void http_look_at_byte(struct http_work *at, struct http_connection *connection, struct http_half *half)
{
	__u8 c = at->bytes[at->position & (HTTP_CHUNK - 1)];

	at->position++;
	if (half->state == HTTP_START) {
		http_start(at, connection, half, c);
	} else if (half->state == HTTP_NAME) {
		http_name(at, connection, half, c);
	} else if (half->state == HTTP_CHUNK_SIZE) {
		if (c == '\n')
			http_chunk_line_end(half);
		else
			http_chunk_size(half, c);
	} else if (c == '\n') {
		http_enter(half, half->length == 0 ? HTTP_START : HTTP_TRAILER);
	} else if (c != '\r') {
		half->length = 1;
	}
}

/* Looks at what comes next: mostly a message's head up to its Content-Length, or from there to its end. Calls are what costs here. */
static __always_inline void http_look(struct http_work *at, struct http_connection *connection, struct http_half *half)
{
	__u32 position = at->position;

	if (half->state == HTTP_START && half->length == 0 && at->end - position >= 12)
		http_skip_start(at, connection, half, HTTP_WORD_AT(at, position), &at->bytes[(position & (HTTP_CHUNK - 1)) + 8]);
	if (half->state == HTTP_FIRST_LINE || half->state == HTTP_CHUNK_LINE) {
		if (!http_skip_line(at, half))
			goto unfinished;
		if (half->state == HTTP_FIRST_LINE)
			http_request_line_end(at, connection, half);
		else
			http_chunk_line_end(half);
	}
	if (half->state == HTTP_REST || (half->state == HTTP_NAME && half->length == 0)) {
		if (!http_skip_headers(at, half))
			goto unfinished;
		if (at->position < at->end)
			http_skip_name(at, connection, half);
	}
	if (half->state == HTTP_LENGTH || half->state == HTTP_CODING) {
		if (http_skip_value(at, half))
			http_value_end(half);
	} else if (http_is_body(half)) {
		at->position += http_skip_body(half, at->end - at->position);
	} else if (half->state == HTTP_TUNNEL || half->state == HTTP_LOST) {
		at->is_over = 1;
	} else if (at->position == position && position < at->end) {
		http_look_at_byte(at, connection, half);
	}
	return;

unfinished:
	if (half->length > HTTP_LONGEST_LINE)
		http_mismatch(at, connection, half);
}

static long http_step(__u32 i, struct http_cursor *cursor)
{
	http_look(cursor->at, cursor->connection, cursor->half);
	return cursor->at->position >= cursor->at->end || cursor->at->is_over;
}

/* Looks at so many of the bytes, from 1 to HTTP_CHUNK, until `position`. */
static __always_inline void http_parse(struct http_work *at, struct http_connection *connection, struct http_half *half, __u32 bytes)
{
	struct http_cursor cursor = { .at = at, .connection = connection, .half = half };

	at->position = 0;
	at->end = bytes;
	HTTP_OPAQUE(bytes);
	if (bytes > HTTP_CHUNK)
		return;
	*(__u64 *)&at->bytes[bytes] = 0;	/* no line ends behind the last */
	bpf_loop(HTTP_CHUNK + 1, http_step, &cursor, 0);
}

/* Before the first byte of a packet, or of a read or write. */
static __always_inline void http_begin(struct http_work *at, struct http_half *half)
{
	at->is_over = half->state == HTTP_TUNNEL;
	at->is_in_order = half->state != HTTP_LOST;
	if (half->state == HTTP_LOST)
		http_enter(half, HTTP_START);
}

#endif

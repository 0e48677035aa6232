/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * A connection: where each of its directions is in the messages, which requests wait for their responses, and whose turn it is to look at it.
 */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include "ebpfnet_socket.h"
#include "http_counters.h"

/* Requests of a connection whose time is kept until their responses begin; more may wait, without a latency. */
#define HTTP_WAITING 16

enum http_state {
	HTTP_START = 0,		/* before a message, or in its method or version and status: `length` bytes of them were seen */
	HTTP_FIRST_LINE = 1,	/* in what follows them on the line */
	HTTP_NAME = 2,		/* in a header's name, or at the empty line: `length` bytes were seen */
	HTTP_LENGTH = 3,	/* in the value of Content-Length */
	HTTP_CODING = 4,	/* in the value of Transfer-Encoding */
	HTTP_REST = 5,		/* in a header line of no interest */
	HTTP_CHUNK_SIZE = 6,	/* in the size of a chunk */
	HTTP_CHUNK_LINE = 7,	/* in what follows that on the line */
	HTTP_TRAILER = 8,	/* in a line after the last chunk: `length` bytes were seen, at most one counted */
	HTTP_BODY = 9,		/* in a body: `remaining` bytes to go */
	HTTP_CHUNK_BODY = 10,	/* in a chunk, or the end of its line */
	HTTP_TUNNEL = 11,	/* until the connection ends: no HTTP, or not any more, or a body without a known end */
	HTTP_LOST = 12,		/* something is missing: a message may begin wherever a packet, or a read or write, does */
};

/* Of the message at hand. */
#define HTTP_HAS_LENGTH 1
#define HTTP_IS_CHUNKED 2
#define HTTP_NO_BODY 4		/* a response to HEAD, or of a status that has none */
#define HTTP_IS_CONNECT 8	/* a request after whose response other protocols may be spoken */
#define HTTP_MAYBE_LENGTH 32	/* the name so far is that of Content-Length */
#define HTTP_MAYBE_CODING 64	/* the name so far is that of Transfer-Encoding */
#define HTTP_AFTER_BLANK 128	/* a blank in the value of Transfer-Encoding: what follows is another word */

/* One direction of a connection. */
struct http_half {
	__u64 last;		/* the last eight bytes of the line */
	__u64 remaining;	/* bytes of the body, or of the chunk */
	__u64 started;		/* when the message began, ns */
	__u32 length;
	__u32 next;		/* sequence number that comes next */
	__u32 hole_start;	/* sequence numbers that were passed over */
	__u32 hole_end;
	__u32 end;		/* the sequence number after the last, where `is_ended` */
	__u16 status;
	__u8 flags;
	__u8 state;
	__u8 is_known;		/* `next` is set */
	__u8 is_ended;		/* `end` is set */
	__u8 padding[6];
};

/* Directions; the others serve for what comes late. */
enum http_direction {
	HTTP_REQUESTS = 0,
	HTTP_RESPONSES = 1,
	HTTP_LATE_REQUESTS = 2,
	HTTP_LATE_RESPONSES = 3,
};

struct http_connection {
	__u32 lock;		/* who has it: a processor's number, and 1; else 0 */
	__u32 requests;		/* seen so far; may wrap */
	__u32 responses;	/* begun so far */
	__u16 heads;		/* a bit for each place in `started`: the request's method is HEAD */
	__u16 connects;		/* ... CONNECT */
	struct http_service service;
	__u16 is_answering;	/* a response is on its way into the kernel */
	__be16 remote_port;	/* with a socket's address, it tells one connection from a later one */
	__u64 write_began;	/* when the write that is under way began, ns; 0 if there is none */
	struct http_half halves[4];
	__u64 started[HTTP_WAITING];	/* when the requests without a response began */
	__u32 numbers[HTTP_WAITING];	/* which requests these are */
};

static const struct http_connection no_connection = {};

struct http_lock_attempt {
	__u32 *lock;
	__u32 owner;
	__u32 is_held;
};

static long http_try_lock(__u32 i, struct http_lock_attempt *attempt)
{
	attempt->is_held = __sync_val_compare_and_swap(attempt->lock, 0, attempt->owner) == 0;
	return attempt->is_held;
}

static __always_inline __u32 http_owner(void)
{
	return bpf_get_smp_processor_id() + 1;
}

/*
 * The kernel has locks for such maps, but not for these kinds of programs. Nobody who has this one can be
 * interrupted by somebody else who wants it, so the wait is short.
 *
 * An element of an LRU map may be taken away from who works on it, when all others are in use, too, and given to another
 * connection at once; so may one that is deleted. Its memory stays an element's, whatever happens. That connection begins
 * with the lock free, and only who has the lock can give it back: a processor that was left behind does not open what
 * another has locked since. The worst is that what it still writes confuses the one new connection.
 */
static __always_inline int http_lock(struct http_connection *connection)
{
	struct http_lock_attempt attempt = { .lock = &connection->lock, .owner = http_owner() };

	if (__sync_val_compare_and_swap(&connection->lock, 0, attempt.owner) == 0)
		return 1;
	bpf_loop(1 << 18, http_try_lock, &attempt, 0);
	if (!attempt.is_held)
		HTTP_COUNT_RARE(contended);
	return attempt.is_held;
}

/* Comes before the element is deleted, never after. */
static __always_inline void http_unlock(struct http_connection *connection)
{
	__sync_val_compare_and_swap(&connection->lock, http_owner(), 0);
}

/* The line that begins a request is complete. */
static __noinline int http_count_request(struct http_connection *connection, struct http_half *half)
{
	struct http_counters *counters;
	__u32 waiting, place, bit;

	if (connection->halves[HTTP_RESPONSES].state == HTTP_LOST && connection->responses != connection->requests) {
		struct http_totals *all = http_totals();

		if (all)
			all->unanswered += connection->requests - connection->responses;
		connection->responses = connection->requests;
	}
	waiting = connection->requests - connection->responses;
	place = connection->requests & (HTTP_WAITING - 1);
	bit = 1u << place;
	if (waiting < HTTP_WAITING) {
		connection->started[place] = half->started;
		connection->numbers[place] = connection->requests;
		connection->heads &= ~bit;
		connection->connects &= ~bit;
		if (half->flags & HTTP_NO_BODY)
			connection->heads |= bit;
		if (half->flags & HTTP_IS_CONNECT)
			connection->connects |= bit;
	}
	connection->requests++;
	HTTP_COUNT(requests);
	counters = http_counters_of(&connection->service);
	if (counters) {
		counters->requests++;
		if (waiting > 1 || (waiting == 1 && !connection->is_answering))
			counters->pipelined++;
	}
	return 0;
}

/* From here on, nothing that either end says is HTTP. */
static __always_inline void http_end_http(struct http_connection *connection)
{
	connection->halves[HTTP_REQUESTS].state = HTTP_TUNNEL;
	connection->halves[HTTP_RESPONSES].state = HTTP_TUNNEL;
	connection->halves[HTTP_LATE_REQUESTS].state = HTTP_TUNNEL;
	connection->halves[HTTP_LATE_RESPONSES].state = HTTP_TUNNEL;
}

/* The status of a response is known. */
static __noinline int http_count_response(struct http_connection *connection, struct http_half *half)
{
	__u32 number, place, class;
	struct http_counters *counters;

	number = connection->responses;
	place = number & (HTTP_WAITING - 1);
	class = half->status / 100;
	if (class > 5)
		class = 0;
	half->flags = 0;
	if (class == 1 && half->status != 101) {
		half->flags = HTTP_NO_BODY;	/* it announces another */
		return 0;
	}
	if (half->status == 204 || half->status == 304)
		half->flags |= HTTP_NO_BODY;
	if (half->status == 101)
		http_end_http(connection);
	if (connection->responses == connection->requests) {
		HTTP_COUNT_RARE(unmatched);
		return 0;
	}
	connection->responses++;
	connection->is_answering = 0;
	HTTP_COUNT(responses);
	counters = http_counters_of(&connection->service);
	if (counters) {
		HTTP_OPAQUE(class);	/* the verifier believes a bound that is set just before the use */
		counters->responses[class & 7]++;
	}
	if (connection->numbers[place] == number) {
		__u32 bit = 1u << place;

		if (connection->heads & bit)
			half->flags |= HTTP_NO_BODY;
		if ((connection->connects & bit) && class == 2)
			http_end_http(connection);
		if (counters)
			http_count_latency(counters, half->started > connection->started[place] ? half->started - connection->started[place] : 0);
	}
	return 0;
}

static __always_inline void http_enter(struct http_half *half, __u8 state)
{
	half->state = state;
	half->length = 0;
	half->last = 0;
}

/* Passes over bytes of a body; how many of them it were. */
static __always_inline __u32 http_skip_body(struct http_half *half, __u32 bytes)
{
	__u32 taken = half->remaining < bytes ? half->remaining : bytes;

	half->remaining -= taken;
	if (half->remaining == 0)
		http_enter(half, half->state == HTTP_BODY ? HTTP_START : HTTP_CHUNK_SIZE);
	return taken;
}

static __always_inline int http_is_body(const struct http_half *half)
{
	return half->state == HTTP_BODY || half->state == HTTP_CHUNK_BODY;
}

/* Bytes that nobody sees. */
static __always_inline void http_pass_over(struct http_connection *connection, struct http_half *half, __u32 bytes)
{
	if (half->state == HTTP_TUNNEL || half->state == HTTP_LOST)
		return;
	if (http_is_body(half) && half->remaining >= bytes) {
		http_skip_body(half, bytes);
		return;
	}
	HTTP_COUNT_RARE(gaps);
	http_enter(half, HTTP_LOST);
}

#endif

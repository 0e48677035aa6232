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

#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

/* Requests of a connection whose time is kept until their responses begin; more may wait, without a latency. */
#define HTTP_WAITING 16

/* Bucket 0 is below 1,024 ns, bucket i from 2^(i + 9) ns on, the last without an end. */
#define HTTP_BUCKETS 32

/* Bytes looked at in one go. */
#define HTTP_CHUNK 512

/* What a line may have before it is taken for something else than HTTP. */
#define HTTP_LONGEST_LINE 65536

/* Names of methods are not longer. */
#define HTTP_LONGEST_METHOD 24

/* Eight bytes as a number whose first byte is the highest. */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define HTTP_IN_ORDER(word) __builtin_bswap64(word)
#else
#define HTTP_IN_ORDER(word) (word)
#endif

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
#define HTTP_IS_INTERIM 16	/* a response that announces another */
#define HTTP_MAYBE_LENGTH 32	/* the name so far is that of Content-Length */
#define HTTP_MAYBE_CODING 64	/* the name so far is that of Transfer-Encoding */

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

/* What is counted together. */
struct http_service {
	__be32 client[4];	/* IPv4 as ::ffff:a.b.c.d */
	__u16 port;		/* the server's, in host byte order */
	__u16 is_client;	/* 1: counted where the client is; 0: where the server is, or on the network */
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
	struct http_half halves[4];
	__u64 started[HTTP_WAITING];	/* when the requests without a response began */
	__u32 numbers[HTTP_WAITING];	/* which requests these are */
};

struct http_counters {
	__u64 requests;
	__u64 pipelined;	/* requests that came before the response to the one before had begun */
	__u64 responses[8];	/* by status class: 5 is that of 500 to 599 */
	__u64 latencies;	/* responses with a latency */
	__u64 latency_sum;	/* ns */
	__u64 latency_min;	/* 0 where there is none */
	__u64 latency_max;
	__u64 histogram[HTTP_BUCKETS];
};

/* What is counted once, never evicted. */
struct http_totals {
	__u64 requests;
	__u64 responses;
	__u64 connections_added;
	__u64 connections_removed;
	__u64 services_added;
	__u64 closed_added;	/* ends of connections that are remembered */
	__u64 closed_removed;
	__u64 not_http;		/* connections that were taken for HTTP and were not */
	__u64 gaps;		/* places where bytes are missing that may have held messages */
	__u64 unanswered;	/* requests given up: their responses were in a gap */
	__u64 unmatched;	/* responses to requests that were not seen */
	__u64 contended;	/* packets, or reads and writes, passed over because of another processor's */
};

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
	__uint(type, BPF_MAP_TYPE_LRU_PERCPU_HASH);	/* each processor counts for itself: exact, and without atomics */
	__uint(max_entries, 4096);
	__type(key, struct http_service);
	__type(value, struct http_counters);
} services SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct http_totals);
} totals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct http_work);
} work SEC(".maps");

/* Server ports that count, where `only_ports` is set: a bit for each, 64 to an element. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u64);
} ports SEC(".maps");

const volatile __u8 only_ports = 0;

static const struct http_counters no_counters = {};
static const struct http_connection no_connection = {};

static const char content_length[32] = "content-length";
static const char transfer_encoding[32] = "transfer-encoding";
static const char version[8] = "HTTP/1.";

#define CONTENT 0x636f6e74656e742dull	/* "content-" */
#define TRANSFER 0x7472616e73666572ull	/* "transfer" */
#define LENGTH 0x6c656e6774683aull	/* "length:" */
#define HTTP_1 0x485454502f312eull	/* "HTTP/1." */
#define GET 0x47455420ull		/* "GET " */
#define CONTENT_LENGTH 14
#define TRANSFER_ENCODING 17
#define CHUNKED 0x6368756e6b6564ull	/* "chunked" */
#define VERSION_1_0 0x5454502f312e30ull	/* "TTP/1.0": with the end of the line, the `H` is out of sight */
#define VERSION_1_1 0x5454502f312e31ull
#define METHOD_HEAD 0x48454144ull
#define METHOD_CONNECT 0x434f4e4e454354ull

/* The compiler knows nothing of a number from here on. */
#define HTTP_OPAQUE(number) asm volatile("" : "+r"(number))

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

static __always_inline struct http_totals *http_totals(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&totals, &zero);
}

#define HTTP_COUNT(field)				\
	do {						\
		struct http_totals *all = http_totals();\
							\
		if (all)				\
			all->field++;			\
	} while (0)

/*
 * Removes an element, if it is there. It is counted first: whoever reads what was added, then what is there, then what was
 * removed, never takes one for evicted that is not. The end of a socket may interrupt others here, so it counts atomically.
 */
#define HTTP_REMOVE(map, key, field)						\
	do {									\
		struct http_totals *all = http_totals();			\
										\
		if (all && bpf_map_lookup_elem(&map, key)) {			\
			__sync_fetch_and_add(&all->field, 1);			\
			if (bpf_map_delete_elem(&map, key))			\
				__sync_fetch_and_add(&all->field, -1);		\
		}								\
	} while (0)

static __always_inline int http_port_counts(__u16 port)
{
	__u32 element = port >> 6;
	__u64 *bits;

	if (!only_ports)
		return 1;
	bits = bpf_map_lookup_elem(&ports, &element);
	return bits && (*bits >> (port & 63) & 1);
}

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
		HTTP_COUNT(contended);
	return attempt.is_held;
}

/* Comes before the element is deleted, never after. */
static __always_inline void http_unlock(struct http_connection *connection)
{
	__sync_val_compare_and_swap(&connection->lock, http_owner(), 0);
}

static __always_inline struct http_counters *http_counters_of(struct http_connection *connection)
{
	struct http_counters *counters = bpf_map_lookup_elem(&services, &connection->service);

	if (counters)
		return counters;
	if (bpf_map_update_elem(&services, &connection->service, &no_counters, BPF_NOEXIST) == 0)
		HTTP_COUNT(services_added);
	return bpf_map_lookup_elem(&services, &connection->service);
}

static __always_inline __u32 http_log2(__u64 number)
{
	__u32 log = 0;

	if (number >> 32) {
		log += 32;
		number >>= 32;
	}
	if (number >> 16) {
		log += 16;
		number >>= 16;
	}
	if (number >> 8) {
		log += 8;
		number >>= 8;
	}
	if (number >> 4) {
		log += 4;
		number >>= 4;
	}
	if (number >> 2) {
		log += 2;
		number >>= 2;
	}
	return log + (number >> 1);
}

static __always_inline void http_count_latency(struct http_counters *counters, __u64 latency)
{
	__u32 log = http_log2(latency);
	__u32 bucket = log < 10 ? 0 : log - 9;

	counters->latency_sum += latency;
	if (counters->latencies++ == 0 || latency < counters->latency_min)
		counters->latency_min = latency;
	if (latency > counters->latency_max)
		counters->latency_max = latency;
	if (bucket > HTTP_BUCKETS - 1)
		bucket = HTTP_BUCKETS - 1;
	counters->histogram[bucket & (HTTP_BUCKETS - 1)]++;
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
	counters = http_counters_of(connection);
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
		half->flags = HTTP_IS_INTERIM | HTTP_NO_BODY;
		return 0;
	}
	if (half->status == 204 || half->status == 304)
		half->flags |= HTTP_NO_BODY;
	if (half->status == 101)
		http_end_http(connection);
	if (connection->responses == connection->requests) {
		HTTP_COUNT(unmatched);
		return 0;
	}
	connection->responses++;
	connection->is_answering = 0;
	HTTP_COUNT(responses);
	counters = http_counters_of(connection);
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

/* This is not HTTP, or not a place where a message begins. */
static __noinline int http_mismatch(struct http_work *at, struct http_connection *connection, struct http_half *half)
{
	at->is_over = 1;
	if (at->direction == HTTP_REQUESTS && at->is_in_order && connection->requests == 0) {
		http_end_http(connection);
		HTTP_COUNT(not_http);
		return 0;
	}
	http_enter(half, HTTP_LOST);
	return 0;
}

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
	HTTP_COUNT(gaps);
	http_enter(half, HTTP_LOST);
}

static __always_inline int http_is_upper(__u8 c)
{
	return c >= 'A' && c <= 'Z';
}

static __always_inline int http_is_digit(__u8 c)
{
	return c >= '0' && c <= '9';
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
				http_enter(half, HTTP_FIRST_LINE);
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

/* A line is over; `half->last` has its end. */
static __noinline int http_line_end(struct http_work *at, struct http_connection *connection, struct http_half *half)
{
	__u64 end = ((half->last & 0xff) == '\r' ? half->last >> 8 : half->last) & 0xffffffffffffffull;

	switch (half->state) {
	case HTTP_FIRST_LINE:
		if (!(at->direction & 1)) {
			if (end != VERSION_1_0 && end != VERSION_1_1) {
				http_mismatch(at, connection, half);
				return 0;
			}
			http_count_request(connection, half);
			half->flags = 0;
		}
		http_enter(half, HTTP_NAME);
		half->flags |= HTTP_MAYBE_LENGTH | HTTP_MAYBE_CODING;
		return 0;
	case HTTP_CHUNK_LINE:
		if (half->remaining == 0) {
			http_enter(half, HTTP_TRAILER);
		} else {
			half->remaining += 2;	/* the end of its line */
			half->state = HTTP_CHUNK_BODY;
		}
		return 0;
	case HTTP_TRAILER:
		http_enter(half, half->length == 0 ? HTTP_START : HTTP_TRAILER);
		return 0;
	case HTTP_CODING:
		if ((end | 0x20202020202020ull) == CHUNKED)
			half->flags |= HTTP_IS_CHUNKED;
		break;
	}
	http_enter(half, HTTP_NAME);
	half->flags |= HTTP_MAYBE_LENGTH | HTTP_MAYBE_CODING;
	return 0;
}

static __always_inline void http_name(struct http_work *at, struct http_connection *connection, struct http_half *half, __u8 c)
{
	__u32 length = half->length;

	if (c == '\n') {
		if (length == 0)
			http_head_end(at, connection, half);
		else
			http_line_end(at, connection, half);
		return;
	}
	if (c == '\r')
		return;
	if (c == ':') {
		__u8 state = (half->flags & HTTP_MAYBE_LENGTH) && length == CONTENT_LENGTH ? HTTP_LENGTH :
			     (half->flags & HTTP_MAYBE_CODING) && length == TRANSFER_ENCODING ? HTTP_CODING : HTTP_REST;

		http_enter(half, state);
		if (state == HTTP_LENGTH) {
			half->flags |= HTTP_HAS_LENGTH;
			half->remaining = 0;
		}
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

/* The first end of a line in eight bytes: how many come before it, 8 if there is none. */
static __always_inline __u32 http_find_line_end(__u64 word)
{
	__u64 marked = HTTP_IN_ORDER(word) ^ 0x0a0a0a0a0a0a0a0aull;
	__u32 before = 0;

	/* A byte is zero now where there was the end of a line: seven bits that are 0 carry nothing into the eighth. */
	marked = ~(((marked & 0x7f7f7f7f7f7f7f7full) + 0x7f7f7f7f7f7f7f7full) | marked | 0x7f7f7f7f7f7f7f7full);
	if (!marked)
		return 8;
	if (!(marked >> 32)) {
		before += 4;
		marked <<= 32;
	}
	if (!(marked >> 48)) {
		before += 2;
		marked <<= 16;
	}
	return before + !(marked >> 56);
}

/* Eight bytes of a line, or what there is of them before its end, in a state in which only that end matters. */
static __always_inline void http_skip_line(struct http_work *at, struct http_connection *connection, struct http_half *half, __u64 word)
{
	__u32 bytes = http_find_line_end(word);

	if (bytes > 0)
		half->last = bytes < 8 ? half->last << (8 * bytes) | HTTP_IN_ORDER(word) >> (64 - 8 * bytes) : HTTP_IN_ORDER(word);
	half->length += bytes;
	at->position += bytes;
	if (bytes < 8) {
		at->position++;
		http_line_end(at, connection, half);
	} else if (half->length > HTTP_LONGEST_LINE) {
		http_mismatch(at, connection, half);
	}
}

/* The value of Content-Length, or eight bytes of it. */
static __always_inline void http_skip_length(struct http_work *at, struct http_connection *connection, struct http_half *half, __u64 word)
{
	__u32 bytes = http_find_line_end(word);
	__u64 value = half->remaining, rest = HTTP_IN_ORDER(word);

#pragma clang loop unroll(disable)
	for (__u32 i = 0; i < 8 && i < bytes; i++) {
		__u8 c = rest >> 56;

		rest <<= 8;
		if (http_is_digit(c))
			value = value * 10 + (c - '0');
	}
	half->remaining = value;
	at->position += bytes;
	if (bytes < 8) {
		at->position++;
		http_line_end(at, connection, half);
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
		http_enter(half, HTTP_FIRST_LINE);
		half->status = (status[1] - '0') * 100 + (status[2] - '0') * 10 + (status[3] - '0');
		at->position += 12;
	}
	half->started = at->now;
	half->remaining = 0;
	if (at->direction & 1)
		http_count_response(connection, half);
	return 1;
}

/* The first eight bytes of a header: most say that it is of no interest. */
static __always_inline int http_skip_name(struct http_work *at, struct http_half *half, __u64 word)
{
	__u64 letters = HTTP_IN_ORDER(word) | 0x2020202020202020ull;

	if (http_find_line_end(word) < 8)
		return 0;
	if (letters == CONTENT) {
		half->flags &= ~HTTP_MAYBE_CODING;
	} else if (letters == TRANSFER) {
		half->flags &= ~HTTP_MAYBE_LENGTH;
	} else {
		http_enter(half, HTTP_REST);
		half->last = HTTP_IN_ORDER(word);
	}
	half->length = 8;
	at->position += 8;
	return 1;
}

/* What may make it Content-Length. */
static __always_inline int http_skip_name_of_length(struct http_work *at, struct http_half *half, __u64 word)
{
	if ((HTTP_IN_ORDER(word) | 0x2020202020202020ull) >> 8 != LENGTH)
		return 0;
	http_enter(half, HTTP_LENGTH);
	half->flags |= HTTP_HAS_LENGTH;
	half->remaining = 0;
	at->position += 7;
	return 1;
}

/* Looks at the next byte, or at the next eight where these say more at once. */
static long http_step(__u32 i, struct http_cursor *cursor)
{
	struct http_work *at = cursor->at;
	struct http_connection *connection = cursor->connection;
	struct http_half *half = cursor->half;
	__u32 position = at->position, end = at->end;
	__u8 c, state = half->state;

	if (position >= end || at->is_over)
		return 1;
	if (state == HTTP_BODY || state == HTTP_CHUNK_BODY) {
		at->position = position + http_skip_body(half, end - position);
		return 0;
	}
	if (position + 8 <= end) {
		__u64 word = *(const __u64 *)&at->bytes[position & (HTTP_CHUNK - 1)];

		if (state == HTTP_FIRST_LINE || state == HTTP_CODING || state == HTTP_REST || state == HTTP_CHUNK_LINE) {
			http_skip_line(at, connection, half, word);
			return 0;
		}
		if (state == HTTP_NAME && half->length == 0 && http_skip_name(at, half, word))
			return 0;
		if (state == HTTP_NAME && half->length == 8 && (half->flags & HTTP_MAYBE_LENGTH) && http_skip_name_of_length(at, half, word))
			return 0;
		if (state == HTTP_LENGTH) {
			http_skip_length(at, connection, half, word);
			return 0;
		}
		if (state == HTTP_START && half->length == 0 && position + 12 <= end && http_skip_start(at, connection, half, word, &at->bytes[(position & (HTTP_CHUNK - 1)) + 8]))
			return 0;
	}
	c = at->bytes[position & (HTTP_CHUNK - 1)];
	at->position = position + 1;
	if (state == HTTP_START) {
		http_start(at, connection, half, c);
	} else if (state == HTTP_NAME) {
		http_name(at, connection, half, c);
	} else if (state == HTTP_CHUNK_SIZE && c != '\n') {
		http_chunk_size(half, c);
	} else if (state == HTTP_CHUNK_SIZE) {
		half->state = HTTP_CHUNK_LINE;
		http_line_end(at, connection, half);
	} else if (state == HTTP_TUNNEL || state == HTTP_LOST) {
		at->is_over = 1;
	} else if (c == '\n') {
		http_line_end(at, connection, half);
	} else {
		half->last = half->last << 8 | c;
		if (state == HTTP_LENGTH && http_is_digit(c))
			half->remaining = half->remaining * 10 + (c - '0');
		if (state != HTTP_TRAILER || c != '\r')
			half->length++;
	}
	return 0;
}

/* Looks at the bytes from `position` to `end`. */
static __always_inline void http_parse(struct http_work *at, struct http_connection *connection, struct http_half *half)
{
	struct http_cursor cursor = { .at = at, .connection = connection, .half = half };

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

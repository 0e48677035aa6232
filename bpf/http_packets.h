/* SPDX-License-Identifier: (MIT OR GPL-2.0-only) */
/*
 * HTTP in the packets of an interface: a socket filter that keeps none of them.
 *
 * A direction's packets are taken in the order of their sequence numbers. What was seen before, a packet sent again,
 * is passed over; where something is missing, so is that, and what comes late after all is looked at then.
 */
#ifndef HTTP_PACKETS_H
#define HTTP_PACKETS_H

#include "ebpfnet_packet.h"
#include "http_stream.h"

#define PACKET_OUTGOING 4
#define MAX_IPV6_EXTENSIONS 6

struct http_tuple {
	__be32 client[4];
	__be32 server[4];
	__be16 client_port;
	__be16 server_port;
};

/* Connections on which a request was seen, until both ends have said that they are done. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct http_tuple);
	__type(value, struct http_connection);
} connections SEC(".maps");

/* What the client's next byte would have had for a number: a request that is sent once more afterwards is no new one. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct http_tuple);
	__type(value, __u32);
} closed_connections SEC(".maps");

/* Set for a loopback interface, which shows each packet twice: when it is sent, in order, and when it is received. */
const volatile __u8 outgoing_only = 0;

/* Not set for interfaces whose packets begin with the IP header, tunnels for example. */
const volatile __u8 has_ethernet = 1;

struct http_segment {
	__be32 source[4];
	__be32 destination[4];
	__be16 source_port;
	__be16 destination_port;
	__u32 sequence;
	__u32 acknowledged;
	__u32 offset;	/* of the payload */
	__u32 length;
	__u8 flags;
	__u8 padding[3];
};

#define LOAD(skb, offset, to) (bpf_skb_load_bytes(skb, offset, to, sizeof(*(to))) == 0)

/* Where the TCP header is; 0 where there is none. `end` is where the packet ends, without the frame's padding; 0 where it does not say. */
static __always_inline __u32 http_find_tcp_ipv4(struct __sk_buff *skb, struct http_segment *segment, __u32 start, __u32 *end)
{
	struct ipv4_header ip;

	if (!LOAD(skb, start, &ip) || ip.protocol != IPPROTO_TCP || (ip.fragment & bpf_htons(0x3fff)))
		return 0;
	segment->source[2] = segment->destination[2] = bpf_htonl(0xffff);
	segment->source[3] = ip.source;
	segment->destination[3] = ip.destination;
	*end = ip.total_length ? start + bpf_ntohs(ip.total_length) : 0;
	return start + (ip.version_and_length & 15) * 4;
}

static __always_inline __u32 http_find_tcp_ipv6(struct __sk_buff *skb, struct http_segment *segment, __u32 start, __u32 *end)
{
	struct { __u8 next; __u8 length; } extension;
	__u32 offset = start + sizeof(struct ipv6_header);
	struct ipv6_header ip;
	__u8 next;

	if (!LOAD(skb, start, &ip))
		return 0;
#pragma clang loop unroll(disable)
	for (int i = 0; i < 4; i++) {
		segment->source[i] = ip.source[i];
		segment->destination[i] = ip.destination[i];
	}
	*end = ip.payload_length ? offset + bpf_ntohs(ip.payload_length) : 0;
	next = ip.next_header;
#pragma clang loop unroll(disable)	/* before Linux 6.8, a socket has room for programs of 2,500 instructions */
	for (int i = 0; i < MAX_IPV6_EXTENSIONS; i++) {
		if (next == IPPROTO_TCP)
			return offset;
		if (next != 0 && next != 43 && next != 60)	/* hop by hop, routing, destination */
			return 0;
		if (!LOAD(skb, offset, &extension))
			return 0;
		next = extension.next;
		offset += (extension.length + 1) * 8;
	}
	return 0;
}

static __always_inline int http_read_segment(struct __sk_buff *skb, struct http_segment *segment)
{
	struct tcp_header tcp;
	__u32 offset, end = 0;

	__u32 start = has_ethernet ? sizeof(struct ethernet_header) : 0;
	__be16 protocol = skb->protocol;

	if (has_ethernet && !LOAD(skb, start - sizeof(protocol), &protocol))
		return 0;
#pragma clang loop unroll(disable)
	for (int i = 0; i < 2 && (protocol == bpf_htons(ETHERTYPE_VLAN) || protocol == bpf_htons(ETHERTYPE_VLAN_SERVICE)); i++) {
		start += sizeof(struct vlan_tag);
		if (!LOAD(skb, start - sizeof(protocol), &protocol))
			return 0;
	}
	if (protocol == bpf_htons(ETHERTYPE_IPV4))
		offset = http_find_tcp_ipv4(skb, segment, start, &end);
	else if (protocol == bpf_htons(ETHERTYPE_IPV6))
		offset = http_find_tcp_ipv6(skb, segment, start, &end);
	else
		return 0;
	if (!offset || !LOAD(skb, offset, &tcp))
		return 0;
	if (!end)	/* merged into more than fits the header's number */
		end = skb->len;
	segment->source_port = tcp.source;
	segment->destination_port = tcp.destination;
	segment->sequence = bpf_ntohl(tcp.sequence);
	segment->acknowledged = bpf_ntohl(tcp.acknowledged);
	segment->flags = tcp.flags;
	segment->offset = offset + (tcp.length >> 4) * 4;
	segment->length = end > segment->offset ? end - segment->offset : 0;
	return 1;
}

static __noinline int http_make_tuple(struct http_tuple *tuple, const struct http_segment *segment, int is_request)
{
	const __be32 *client = is_request ? segment->source : segment->destination;
	const __be32 *server = is_request ? segment->destination : segment->source;

#pragma clang loop unroll(disable)
	for (int i = 0; i < 4; i++) {
		tuple->client[i] = client[i];
		tuple->server[i] = server[i];
	}
	tuple->client_port = is_request ? segment->source_port : segment->destination_port;
	tuple->server_port = is_request ? segment->destination_port : segment->source_port;
	return 0;
}

struct http_packet_cursor {
	struct __sk_buff *skb;
	struct http_work *at;
	struct http_connection *connection;
	struct http_half *half;
};

static long http_packet_step(__u32 i, struct http_packet_cursor *cursor)
{
	struct http_work *at = cursor->at;
	struct http_half *half = cursor->half;
	__u32 length = at->left;

	if (length && http_is_body(half)) {
		__u32 skipped = http_skip_body(half, length);

		at->offset += skipped;
		at->left -= skipped;
		return 0;
	}
	if (length > HTTP_CHUNK)
		length = HTTP_CHUNK;
	if (at->is_over)
		return 1;
	HTTP_RETURN_UNLESS(length, HTTP_CHUNK, 1);
	if (bpf_skb_load_bytes(cursor->skb, at->offset, at->bytes, length)) {
		http_pass_over(cursor->connection, half, at->left);
		return 1;
	}
	http_parse(at, cursor->connection, half, length);
	at->offset += at->position;
	at->left -= at->position;
	return at->left == 0;
}

/* The payload, from `offset` on, is what comes next in a direction. */
static __noinline int http_take(struct __sk_buff *skb, struct http_work *at, struct http_connection *connection, __u32 direction)
{
	struct http_packet_cursor cursor = {
		.skb = skb,
		.at = at,
		.connection = connection,
		.half = &connection->halves[direction & 3],
	};

	at->direction = direction;
	http_begin(at, cursor.half);
	bpf_loop(4096, http_packet_step, &cursor, 0);
	return 0;
}

/*
 * The part of a packet that fills a hole, from either end of it. What lies in its midst is given up, because a hole that
 * falls in two is not kept.
 */
static __always_inline void http_take_late(struct __sk_buff *skb, struct http_work *at, struct http_connection *connection, struct http_half *half, __u32 sequence)
{
	__u32 direction = at->direction + HTTP_LATE_REQUESTS;
	struct http_half *late = &connection->halves[direction & 3];
	__u32 first = sequence, last = sequence + at->left;

	if ((__s32)(half->hole_start - first) > 0)
		first = half->hole_start;
	if ((__s32)(last - half->hole_end) > 0)
		last = half->hole_end;
	if ((__s32)(last - first) <= 0)
		return;
	at->offset += first - sequence;
	at->left = last - first;
	if (first == half->hole_start) {
		half->hole_start = last;
		http_take(skb, at, connection, direction);
	} else if (last == half->hole_end) {
		struct http_half at_start = *late;

		half->hole_end = first;
		http_enter(late, HTTP_START);
		http_take(skb, at, connection, direction);
		*late = at_start;
	}
}

/* Bytes are missing before `sequence`. What comes of them late goes on where the direction was. */
static __always_inline void http_leave_hole(struct http_connection *connection, struct http_half *half, __u32 direction, __u32 sequence)
{
	__u32 bytes = sequence - half->next;

	if (half->state != HTTP_TUNNEL && !(http_is_body(half) && half->remaining >= bytes)) {
		connection->halves[(direction + HTTP_LATE_REQUESTS) & 3] = *half;
		half->hole_start = half->next;
		half->hole_end = sequence;
	}
	http_pass_over(connection, half, bytes);
}

/* Puts a packet in its place in the direction's order. */
static __always_inline void http_take_in_order(struct __sk_buff *skb, struct http_work *at, struct http_connection *connection, const struct http_segment *segment, __u32 direction)
{
	struct http_half *half = &connection->halves[direction & 1];
	__u32 sequence = segment->sequence;
	__s32 ahead;

	at->offset = segment->offset;
	at->left = segment->length;
	at->direction = direction;
	if (!half->is_known) {
		half->is_known = 1;
		half->next = sequence;
	}
	ahead = sequence - half->next;
	if (ahead < 0) {
		__u32 seen = -ahead;

		if (seen >= at->left) {
			http_take_late(skb, at, connection, half, sequence);
			return;
		}
		at->offset += seen;
		at->left -= seen;
	} else if (ahead > 0) {
		http_leave_hole(connection, half, direction, sequence);
	}
	half->next = sequence + segment->length;
	if (at->left)
		http_take(skb, at, connection, direction);
}

/* Whether the payload of a connection that nobody has heard of may begin a request, as far as there is one. */
static __always_inline int http_may_begin_request(struct __sk_buff *skb, const struct http_segment *segment)
{
	__u8 letters[4] = { 'A', 'A', 'A', 'A' };
	__u32 length = segment->length < sizeof(letters) ? segment->length : sizeof(letters);

	HTTP_RETURN_UNLESS(length, sizeof(letters), 0);
	if (bpf_skb_load_bytes(skb, segment->offset, letters, length))
		return 0;
	return http_begins_request(letters);
}

static __always_inline struct http_connection *http_add_connection(struct __sk_buff *skb, const struct http_segment *segment, const struct http_tuple *tuple)
{
	struct http_connection *connection;
	__u32 *final;
	int is_new;

	if (!http_may_begin_request(skb, segment))
		return NULL;
	final = bpf_map_lookup_elem(&closed_connections, tuple);
	if (final && (__s32)(segment->sequence - *final) < 0)
		return NULL;
	is_new = bpf_map_update_elem(&connections, tuple, &no_connection, BPF_NOEXIST) == 0;
	if (is_new)
		HTTP_COUNT_RARE(connections_added);
	connection = bpf_map_lookup_elem(&connections, tuple);
	if (connection && is_new && (segment->flags & TCP_ACK)) {
		/* The response begins here, even if a later part of it comes first. */
		connection->halves[HTTP_RESPONSES].next = segment->acknowledged;
		connection->halves[HTTP_RESPONSES].is_known = 1;
	}
	if (connection) {
#pragma clang loop unroll(disable)
		for (int i = 0; i < 4; i++)
			connection->service.client[i] = tuple->client[i];
		connection->service.port = bpf_ntohs(tuple->server_port);
	}
	return connection;
}

/* Whether all of a direction's bytes were seen, or passed over. */
static __always_inline int http_is_ended(const struct http_half *half)
{
	return half->is_ended && (!half->is_known || (__s32)(half->next - half->end) >= 0);
}

static __noinline int http_remove_connection(const struct http_tuple *tuple)
{
	HTTP_REMOVE(connections, tuple, connections_removed);
	return 0;
}

/* What is sent again of it afterwards is no new request. */
static __always_inline void http_remember_end(const struct http_tuple *tuple, __u32 final)
{
	if (bpf_map_update_elem(&closed_connections, tuple, &final, BPF_NOEXIST) == 0)
		HTTP_COUNT_RARE(closed_added);
	else
		bpf_map_update_elem(&closed_connections, tuple, &final, BPF_EXIST);
}

static __always_inline struct http_connection *http_find_connection(const struct http_segment *segment, struct http_tuple *tuple, int is_request)
{
	http_make_tuple(tuple, segment, is_request);
	return bpf_map_lookup_elem(&connections, tuple);
}

SEC("socket")
int http_packets(struct __sk_buff *skb)
{
	int is_request, is_over, to_server = 1, from_server = 1;
	struct http_segment segment = {};
	struct http_connection *connection;
	__u16 source_port, destination_port;
	struct http_tuple tuple;
	struct http_half *half;
	struct http_work *at;
	__u32 zero = 0, final;

	if (outgoing_only && skb->pkt_type != PACKET_OUTGOING)
		return 0;
	if (!http_read_segment(skb, &segment))
		return 0;
	source_port = bpf_ntohs(segment.source_port);
	destination_port = bpf_ntohs(segment.destination_port);
	if (only_ports) {
		to_server = http_port_counts(destination_port);
		from_server = http_port_counts(source_port);
		if (!to_server && !from_server)
			return 0;
	}
	if ((segment.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
		/* What there was between these ends is over. */
		http_make_tuple(&tuple, &segment, 1);
		http_remove_connection(&tuple);
		HTTP_REMOVE(closed_connections, &tuple, closed_removed);
		return 0;
	}
	if ((segment.flags & TCP_SYN) || !(segment.length || (segment.flags & (TCP_FIN | TCP_RST))))
		return 0;

	/* The server's port is mostly the smaller one: that way is tried first. */
	is_request = to_server && (!from_server || destination_port <= source_port);
	connection = http_find_connection(&segment, &tuple, is_request);
	if (!connection && to_server && from_server) {
		is_request = !is_request;
		connection = http_find_connection(&segment, &tuple, is_request);
	}
	if (!connection) {
		if (!to_server)
			return 0;
		is_request = 1;
		http_make_tuple(&tuple, &segment, is_request);
		connection = http_add_connection(skb, &segment, &tuple);
	}
	at = bpf_map_lookup_elem(&work, &zero);
	if (!connection || !at || !http_lock(connection))
		return 0;

	at->now = bpf_ktime_get_ns();
	half = &connection->halves[is_request ? HTTP_REQUESTS : HTTP_RESPONSES];
	if (segment.length)
		http_take_in_order(skb, at, connection, &segment, is_request ? HTTP_REQUESTS : HTTP_RESPONSES);
	if (segment.flags & TCP_FIN) {
		half->is_ended = 1;
		half->end = segment.sequence + segment.length;
	}
	is_over = (segment.flags & TCP_RST) ||
		  (http_is_ended(&connection->halves[HTTP_REQUESTS]) && http_is_ended(&connection->halves[HTTP_RESPONSES]));
	final = connection->halves[HTTP_REQUESTS].next;
	http_unlock(connection);
	if (is_over) {
		http_remember_end(&tuple, final);
		http_remove_connection(&tuple);
	}
	return 0;
}

#endif

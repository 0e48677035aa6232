// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * http_metrics: counts HTTP/1.0 and HTTP/1.1 requests and responses and how long responses take to begin, for each address of a
 * client and port of a server.
 *
 * http_packets sees them in the packets of an interface, the other programs in what processes read and write, as sockets or, on
 * older kernels, system calls tell it: one of the three is loaded. They need no cooperation of servers and clients. What TLS hides they
 * do not see.
 */
#include "http_packets.h"
#include "http_sockets.h"
#include "http_syscalls.h"

char _license[] SEC("license") = "Dual MIT/GPL";

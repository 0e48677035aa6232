// SPDX-License-Identifier: MIT
// libbpf.a was compiled for executables. To become part of a shared library, it leaves out libbpf_utils.o, for its thread-local variable, and has its own
// name for stderr, so that it need not be reached as an executable reaches it. Nothing of that is measured: it is the text of an error, the hash of
// signed loaders, which nobody makes here, and what libbpf prints.
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

FILE *libbpf_stderr __attribute__((visibility("hidden")));

const char *libbpf_errstr(int error);
void libbpf_sha256(const void *data, size_t length, unsigned char *hash);

static __attribute__((constructor)) void find_stderr(void)
{
	libbpf_stderr = stderr;
}

const char *libbpf_errstr(int error)
{
	static __thread char text[32];

	snprintf(text, sizeof(text), "error %d", error);
	return text;
}

void libbpf_sha256(const void *data, size_t length, unsigned char *hash)
{
	(void)data;
	(void)length;
	(void)hash;
	abort();
}

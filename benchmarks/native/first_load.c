// SPDX-License-Identifier: MIT
// Opens and loads an object once with libbpf, and prints what that has cost this process: user and system CPU time in nanoseconds.
#include <bpf/libbpf.h>
#include <stdio.h>
#include <sys/resource.h>

static long cpu_time(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000L + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000L;
}

int main(int count, char **arguments)
{
	struct bpf_object *object;
	long start, end;

	if (count != 2) {
		fprintf(stderr, "Usage: first_load OBJECT\n");
		return 2;
	}
	start = cpu_time();
	object = bpf_object__open_file(arguments[1], NULL);
	if (!object || bpf_object__load(object))
		return 1;
	end = cpu_time();
	printf("%ld 0\n", end - start);
	bpf_object__close(object);
	return 0;
}

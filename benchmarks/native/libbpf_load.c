// SPDX-License-Identifier: MIT
// Opening and loading an object with libbpf.
#include <bpf/libbpf.h>

// Opens, loads and closes the object `count` times. Returns the failures.
long peer_load(const char *path, long count)
{
	long failures = 0;

	libbpf_set_print(NULL);
	for (long i = 0; i < count; i++) {
		struct bpf_object *object = bpf_object__open_file(path, NULL);

		if (!object) {
			failures++;
			continue;
		}
		if (bpf_object__load(object))
			failures++;
		bpf_object__close(object);
	}
	return failures;
}

// SPDX-License-Identifier: MIT
// What libbpf makes of BPF objects, one JSON line per object in the form of `ebpfnet check --each --json`:
//   referee [--timeout SECONDS] [--kernel-btf FILE] OBJECT...     (as root)
//   referee --version                                             (libbpf's)
// Each object is tried in a process of its own with a mount namespace and a BPF file system of its own. The instructions are those that BPF_PROG_LOAD gets:
// the linker's --wrap=syscall leads libbpf's calls through here.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

enum { kernel_only_not_supported = 524 }; // ENOTSUPP, which the C library has no name for

static const char *kernel_btf;
static struct bpf_program *watched;       // the program whose instructions are wanted
static uint64_t fingerprint;
static uint32_t instructions;             // 0 while it was not submitted
static char first_warning[512];

static uint64_t hash(const struct bpf_insn *insns, uint32_t count)
{
	uint64_t value = 0xcbf29ce484222325;
	for (uint32_t i = 0; i < count; i++) {
		struct bpf_insn insn = insns[i];
		unsigned char bytes[sizeof(insn)];
		// Numbers of descriptors.
		if (insn.code == (BPF_LD | BPF_IMM | BPF_DW) && (insn.src_reg == BPF_PSEUDO_MAP_FD || insn.src_reg == BPF_PSEUDO_MAP_VALUE))
			insn.imm = 0;
		memcpy(bytes, &insn, sizeof(insn));
		for (size_t b = 0; b < sizeof(bytes); b++)
			value = (value ^ bytes[b]) * 0x100000001b3;
	}
	return value;
}

long __real_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);

long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	if (number == __NR_bpf && a == BPF_PROG_LOAD && watched) {
		const union bpf_attr *attr = (const union bpf_attr *)b;
		const struct bpf_insn *insns = (const struct bpf_insn *)(uintptr_t)attr->insns;
		// Not one of the little programs that libbpf probes the kernel with. The last submission counts.
		if (insns == bpf_program__insns(watched)) {
			instructions = attr->insn_cnt;
			fingerprint = hash(insns, attr->insn_cnt);
			const char *dump = getenv("REFEREE_DUMP");
			if (dump && !strcmp(dump, bpf_program__name(watched)))
				for (uint32_t i = 0; i < attr->insn_cnt; i++)
					fprintf(stderr, "%5u %02x %x %x %6d %d\n", i, insns[i].code, insns[i].dst_reg, insns[i].src_reg, insns[i].off, insns[i].imm);
		}
	}
	return __real_syscall(number, a, b, c, d, e, f);
}

static int print(enum libbpf_print_level level, const char *format, va_list arguments)
{
	if (getenv("REFEREE_VERBOSE")) {
		va_list copy;
		va_copy(copy, arguments);
		vfprintf(stderr, format, copy);
		va_end(copy);
	}
	if (level == LIBBPF_WARN && !first_warning[0])
		vsnprintf(first_warning, sizeof(first_warning), format, arguments);
	return 0;
}

static void text(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < ' ' || c >= 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static const char *verdict(int error)
{
	static char number[16];
	const char *name;
	if (error == 0)
		return "ok";
	if (error == -kernel_only_not_supported)
		return "ENOTSUPP";
	name = strerrorname_np(-error);
	if (name)
		return name;
	snprintf(number, sizeof(number), "%d", -error);
	return number;
}

static struct bpf_object *open_object(const char *path)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = kernel_btf);
	return bpf_object__open_file(path, &options);
}

// Loads one program alone, from a freshly opened object.
static int load_one(const char *path, int index)
{
	struct bpf_object *object = open_object(path);
	struct bpf_program *program;
	int error, i = 0;
	if (!object)
		return -errno;
	instructions = 0;
	bpf_object__for_each_program(program, object) {
		bpf_program__set_autoload(program, i == index);
		if (i++ == index)
			watched = program;
	}
	error = bpf_object__load(object);
	watched = NULL;
	bpf_object__close(object);
	return error;
}

static void try_object(const char *path, FILE *out)
{
	struct bpf_object *object;
	struct bpf_program *program;
	char *programs_text = NULL;
	size_t programs_size;
	FILE *programs = open_memstream(&programs_text, &programs_size);
	int error, index = 0;

	fprintf(out, "{\"object\":");
	text(out, path);
	first_warning[0] = 0;
	object = open_object(path);
	if (!object) {
		const char *why = verdict(-errno);
		fprintf(out, ",\"open\":\"%s\",\"load_all\":\"%s\",\"load_each\":{},\"programs\":{},\"error\":", why, why);
		text(out, first_warning);
		fprintf(out, "}\n");
		return;
	}
	error = bpf_object__load(object);
	fprintf(out, ",\"open\":\"ok\",\"load_all\":\"%s\",\"load_each\":{", verdict(error));
	bpf_object__for_each_program(program, object) {
		const char *type = libbpf_bpf_prog_type_str(bpf_program__type(program));
		const char *separator = index ? "," : "";
		int result = load_one(path, index++);
		fprintf(out, "%s", separator);
		text(out, bpf_program__name(program));
		fprintf(out, ":\"%s\"", verdict(result));
		fprintf(programs, "%s", separator);
		text(programs, bpf_program__name(program));
		fprintf(programs, ":{\"section\":");
		text(programs, bpf_program__section_name(program));
		fprintf(programs, ",\"type\":");
		text(programs, type ? type : "");
		if (instructions)
			fprintf(programs, ",\"instructions\":%u,\"fingerprint\":\"%016llx\"}", instructions, (unsigned long long)fingerprint);
		else
			fprintf(programs, ",\"instructions\":null,\"fingerprint\":null}");
	}
	fclose(programs);
	fprintf(out, "},\"programs\":{%s},\"error\":", programs_text);
	if (first_warning[0])
		text(out, first_warning);
	else
		fprintf(out, "null");
	fprintf(out, "}\n");
	free(programs_text);
	bpf_object__close(object);
}

/* Or else mounts would be seen outside. In a changed root (chroot) the root may be no mount of its own: then the one that holds the pins has to do. */
static int keep_mounts_private(void)
{
	const char *paths[] = { "/", "/sys/fs/bpf", "/sys" };
	for (unsigned int i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		if (!mount("none", paths[i], NULL, MS_REC | MS_PRIVATE, NULL))
			return 0;
	return -1;
}

static int run_child(const char *path, unsigned int seconds)
{
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);
	if (unshare(CLONE_NEWNS) || keep_mounts_private() || mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL)) {
		perror("referee: a mount namespace with a BPF file system of its own (root is needed)");
		return 3;
	}
	alarm(seconds);
	try_object(path, out);
	fclose(out);
	fputs(line, stdout);
	fflush(stdout);
	return 0;
}

int main(int count, char **arguments)
{
	unsigned int seconds = 60;
	int i = 1, worst = 0;
	if (count == 2 && !strcmp(arguments[1], "--version")) {
		printf("%d.%d\n", libbpf_major_version(), libbpf_minor_version());
		return 0;
	}
	for (; i + 1 < count && !strncmp(arguments[i], "--", 2); i += 2) {
		if (!strcmp(arguments[i], "--timeout"))
			seconds = (unsigned int)atoi(arguments[i + 1]);
		else if (!strcmp(arguments[i], "--kernel-btf"))
			kernel_btf = arguments[i + 1];
		else
			break;
	}
	if (i >= count || seconds == 0) {
		fprintf(stderr, "usage: referee [--timeout SECONDS] [--kernel-btf FILE] OBJECT...\n");
		return 2;
	}
	libbpf_set_print(print);
	for (; i < count; i++) {
		int status = 0;
		pid_t child = fork();
		if (child == 0)
			_exit(run_child(arguments[i], seconds));
		if (child < 0 || waitpid(child, &status, 0) != child) {
			perror("referee");
			return 3;
		}
		if (WIFEXITED(status) && WEXITSTATUS(status) == 3)
			return 3;
		if (status != 0) {
			const char *end = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? "timeout" : "crash";
			printf("{\"object\":");
			text(stdout, arguments[i]);
			printf(",\"open\":\"%s\",\"load_all\":\"%s\",\"load_each\":{},\"programs\":{},\"error\":null}\n", end, end);
			fflush(stdout);
			worst = 1;
		}
	}
	return worst;
}

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * Indirect jumps through tables, as LLVM 22 makes them of a switch: written by hand, because ours is older. Needs a kernel from 7.0 on, x86-64. Each program returns 10, 11, 12 for a mark of 0, 1, 2
 * and else 99, or as its comment says.
 *
 * A table is a symbol of section .jumptables: 8 bytes for each target, the target's distance from the start of its section.
 */
#include "ebpfnet_bpf.h"
#include "ebpfnet_helpers.h"

#define __naked __attribute__((naked))

/* gotox r3 */
#define GOTOX_R3 ".8byte 0x30d;"

#define TABLE(name, entries)                                                                     \
	".pushsection .jumptables,\"\",@progbits;" name ": " entries ".size " name ", . - " name ";" \
	".type " name ",@object; .globl " name "; .popsection;"

#define SWITCH(name, index)                                    \
	"r2 = " index ";"                                          \
	"if r2 > 2 goto 9f;"                                       \
	"r3 = " name " ll;"                                        \
	"r2 <<= 3;"                                                \
	"r3 += r2;"                                                \
	"r3 = *(u64 *)(r3 + 0);" GOTOX_R3

#define CASES(a, b, c) "1: r0 = " a "; exit; 2: r0 = " b "; exit; 3: r0 = " c "; exit; 9: r0 = 99; exit;"

SEC("tc")
__naked int first_of_section(void)
{
	asm volatile("r2 = *(u32 *)(r1 + 8);" SWITCH("BPF.JT.0.0", "r2") CASES("10", "11", "12")
		TABLE("BPF.JT.0.0", ".8byte 1b - first_of_section; .8byte 2b - first_of_section; .8byte 3b - first_of_section;"));
}

/* Targets count from the start of the section, not of the function. */
SEC("tc")
__naked int second_of_section(void)
{
	asm volatile("r2 = *(u32 *)(r1 + 8);" SWITCH("BPF.JT.1.0", "r2") CASES("10", "11", "12")
		TABLE("BPF.JT.1.0", ".8byte 1b - first_of_section; .8byte 2b - first_of_section; .8byte 3b - first_of_section;"));
}

/* The table is a subprogram's: 20, 21, 22. */
static __noinline __naked __attribute__((used)) int subprogram(void)
{
	asm volatile("r2 = r1;" SWITCH("BPF.JT.2.0", "r2") CASES("20", "21", "22")
		TABLE("BPF.JT.2.0", ".8byte 1b - subprogram; .8byte 2b - subprogram; .8byte 3b - subprogram;"));
}

SEC("tc")
__naked int in_a_subprogram(void)
{
	asm volatile("r1 = *(u32 *)(r1 + 8); call subprogram; exit");
}

/* One table twice, another once: the mark chooses between 10, 11 and 12, then the first byte of the packet's protocol between 30, 31 and 32. */
SEC("tc")
__naked int several_tables(void)
{
	asm volatile("r6 = r1; r2 = *(u32 *)(r6 + 8);" SWITCH("BPF.JT.3.0", "r2")
		"1: r2 = *(u32 *)(r6 + 4);" SWITCH("BPF.JT.3.1", "r2")
		"4: r0 = 30; exit; 5: r0 = 31; exit; 6: r0 = 32; exit;"
		"2: r0 = 11; exit; 3: r0 = 12; exit; 9: r0 = 99; exit;"
		TABLE("BPF.JT.3.0", ".8byte 1b - first_of_section; .8byte 2b - first_of_section; .8byte 3b - first_of_section;")
		TABLE("BPF.JT.3.1", ".8byte 4b - first_of_section; .8byte 5b - first_of_section; .8byte 6b - first_of_section;"));
}

char _license[] SEC("license") = "GPL";

// SPDX-License-Identifier: (MIT OR GPL-2.0-only)
/*
 * A program to be probed, compiled by the tests: for each line that it reads it calls its functions and passes its USDT probes, and says so.
 *
 * A USDT probe is a nop and a note (.note.stapsdt, version 3): where it is, where .stapsdt.base was meant to be, where its semaphore is, the provider, its own name, and
 * where its arguments are.
 */
#include <stdint.h>
#include <stdio.h>

#define WORD(x) ".8byte " x "\n"

#if defined(__x86_64__)
#define CONSTANT "$"
#else
#define CONSTANT ""
#endif

#define PROBE(name, semaphore, arguments, ...) \
	asm volatile("990: nop\n" \
		     ".pushsection .note.stapsdt, \"\", %%note\n" \
		     ".balign 4\n" \
		     ".4byte 992f - 991f, 994f - 993f, 3\n" \
		     "991: .asciz \"stapsdt\"\n" \
		     "992: .balign 4\n" \
		     "993: " WORD("990b") WORD("_.stapsdt.base") WORD(semaphore) \
		     ".asciz \"probed\"\n" \
		     ".asciz \"" name "\"\n" \
		     ".asciz \"" arguments "\"\n" \
		     "994: .balign 4\n" \
		     ".popsection\n" \
		     ".ifndef _.stapsdt.base\n" \
		     ".pushsection .stapsdt.base, \"a\", %%progbits\n" \
		     ".weak _.stapsdt.base\n" \
		     ".hidden _.stapsdt.base\n" \
		     "_.stapsdt.base: .space 1\n" \
		     ".size _.stapsdt.base, 1\n" \
		     ".popsection\n" \
		     ".endif\n" ::__VA_ARGS__)

/* Raised by the kernel as long as somebody watches the probe. */
volatile uint16_t watched __attribute__((section(".probes")));

__attribute__((noinline)) int first_step(int number)
{
	asm volatile("");
	return number + 1;
}

__attribute__((noinline)) int second_step(int number)
{
	asm volatile("");
	return number + 2;
}

static __attribute__((noinline)) int hidden_step(int number)
{
	asm volatile("");
	return number + 3;
}

#if defined(WITHOUT_INDEX)
#define INDEXED
#elif defined(__x86_64__)
#define INDEXED " -8@(%[numbers],%[index],8)"
#else
#define INDEXED " -8@[%[numbers], 16]"
#endif

static __attribute__((noinline)) void pass(int number, int64_t *numbers, int64_t index)
{
	volatile int64_t local = -4000000000 - number;
	uint8_t small = 200 + number;

#if defined(__x86_64__)
	PROBE("passed", "watched", "-4@%[number] 1@%b[small] -1@%b[small] 8@%[local] -8@$-5" INDEXED,
	      [number] "r"(number), [small] "q"(small), [local] "m"(local), [numbers] "r"(numbers), [index] "r"(index));
#else
	PROBE("passed", "watched", "-4@%w[number] 1@%w[small] -1@%w[small] 8@%[local] -8@-5" INDEXED,
	      [number] "r"(number), [small] "r"(small), [local] "m"(local), [numbers] "r"(numbers), [index] "r"(index));
#endif
}

int main(void)
{
	char line[16];
	int64_t numbers[] = { 10, 20, 30 };

	puts("ready");
	fflush(stdout);
	for (int number = 0; fgets(line, sizeof(line), stdin); number++) {
		int sum = first_step(number) + second_step(number) + hidden_step(number);

		pass(number, numbers, 2);
		PROBE("twice", "0", "4@" CONSTANT "1", "i"(0));
		PROBE("twice", "0", "4@" CONSTANT "2", "i"(0));
		printf("%d %u\n", sum, watched);
		fflush(stdout);
	}
	return 0;
}

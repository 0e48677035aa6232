// SPDX-License-Identifier: MIT
// Newer C libraries have other names for functions that read numbers as C23 does. libbpf was compiled against such a one; where the C library is
// older, these stand in. They differ only for binary literals, which libbpf does not read.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__GLIBC__) && (__GLIBC__ < 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ < 38))

int __isoc23_sscanf(const char *text, const char *format, ...);
int __isoc23_fscanf(FILE *file, const char *format, ...);
long __isoc23_strtol(const char *text, char **end, int base);
unsigned long __isoc23_strtoul(const char *text, char **end, int base);
unsigned long long __isoc23_strtoull(const char *text, char **end, int base);

int __isoc23_sscanf(const char *text, const char *format, ...)
{
	va_list arguments;
	int result;

	va_start(arguments, format);
	result = vsscanf(text, format, arguments);
	va_end(arguments);
	return result;
}

int __isoc23_fscanf(FILE *file, const char *format, ...)
{
	va_list arguments;
	int result;

	va_start(arguments, format);
	result = vfscanf(file, format, arguments);
	va_end(arguments);
	return result;
}

long __isoc23_strtol(const char *text, char **end, int base)
{
	return strtol(text, end, base);
}

unsigned long __isoc23_strtoul(const char *text, char **end, int base)
{
	return strtoul(text, end, base);
}

unsigned long long __isoc23_strtoull(const char *text, char **end, int base)
{
	return strtoull(text, end, base);
}

#endif

#!/bin/sh
# Builds the C side of the benchmarks: benchmarks/native/bin/libraw_bpf.so. Needs a C compiler and the kernel's user headers.
set -eu
cd "$(dirname "$0")/native"
cc=${CC:-cc}
command -v "$cc" > /dev/null || { echo "build-native.sh: no C compiler; install one (Debian: apt-get install gcc libc6-dev)" >&2; exit 1; }
mkdir -p bin
"$cc" -O2 -Wall -Werror -fPIC -shared -o bin/libraw_bpf.so raw_bpf.c ring.c

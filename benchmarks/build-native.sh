#!/bin/sh
# Builds what the benchmarks are compared with into benchmarks/native/bin: libmeasure.so, libpeer_raw.so, and libpeer_libbpf.so and first_load where
# libbpf can be had. Also publishes EbpfNet.FirstLoad with NativeAOT there: what first_load is for libbpf.
# Needs a C compiler and the kernel's user headers; for libbpf also the headers and libraries of libelf and zlib (Debian: gcc libc6-dev
# libelf-dev zlib1g-dev).
set -eu
cd "$(dirname "$0")/native"
cc=${CC:-cc}
flags='-O2 -Wall -Wextra -Werror -fPIC -shared'
command -v "$cc" > /dev/null || { echo "build-native.sh: no C compiler; install one (Debian: apt-get install gcc libc6-dev)" >&2; exit 1; }
mkdir -p bin
"$cc" $flags -o bin/libmeasure.so measure.c
"$cc" $flags -o bin/libpeer_raw.so raw_maps.c raw_ring.c raw_perf.c

# Of net9.0, because that is where NativeAOT's compiler package is most widely to be had.
if ! dotnet publish ../EbpfNet.FirstLoad -p:AppFramework=net9.0 -p:PublishAot=true -nologo -v quiet --artifacts-path bin/artifacts -o bin/aot > bin/aot.log 2>&1; then
  rm -rf bin/aot
  cat bin/aot.log >&2
  echo "build-native.sh: EbpfNet.FirstLoad could not be published with NativeAOT (see above): the first load of a process is not measured" >&2
fi

if [ ! -f bin/libbpf/libbpf.a ] && ! ./fetch-libbpf.sh bin/libbpf; then
  rm -f bin/libpeer_libbpf.so bin/first_load
  echo "build-native.sh: without libbpf its column is missing; the bare bpf() call is still compared with" >&2
  exit 0
fi
# Symbolic: the library's own symbols are its own, whatever else the process has loaded.
if ! "$cc" $flags -Ibin/libbpf/include -Wl,-Bsymbolic -o bin/libpeer_libbpf.so libbpf_*.c bin/libbpf/libbpf.a -lelf -lz ||
   ! "$cc" -O2 -Wall -Wextra -Werror -Ibin/libbpf/include -o bin/first_load first_load.c libbpf_glibc.c libbpf_replaced.c bin/libbpf/libbpf.a -lelf -lz; then
  rm -f bin/libpeer_libbpf.so bin/first_load
  echo "build-native.sh: libbpf could not be linked (see above; Debian: apt-get install libelf-dev zlib1g-dev)" >&2
  exit 1
fi

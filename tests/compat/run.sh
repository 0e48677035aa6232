#!/bin/bash
# Does EbpfNet make of BPF objects what libbpf makes of them? Loads each with both, here, and prints where verdict or instructions differ, and the sums.
#   tests/compat/run.sh [--filter GLOB] [--limit N] [--objects FOLDER]... [--timeout SECONDS] [--clang CLANG] [--cpu v1..v4]
# The objects are the kernel's BPF selftests, built from Debian's linux-source-6.1, and this repository's own; with --objects those of a folder instead.
# --filter takes those whose file name without .o fits, --limit about N of them, spread evenly. What is fetched and built stays in a cache outside the repository
# ($EBPFNET_COMPAT_CACHE, else ~/.cache/ebpfnet-compat), and the results too: libbpf.jsonl, ebpfnet.jsonl, differences.txt.
# As root. Needs clang, gcc, bpftool, xz, libelf and zlib with headers, the .NET SDK, and Debian's package sources.
# Exit code: 0 nothing is lost and all instructions are equal, but for what known-differences.txt names; 1 not so; 3 something could not be fetched.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
cache=${EBPFNET_COMPAT_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ebpfnet-compat}
filter='*' limit=0 timeout=120 clang=clang-19 cpu=v3 folders=()
usage() { sed -n '2,3s/^# *//p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
  [ $# -gt 1 ] || usage
  case $1 in
    --filter) filter=$2 ;;
    --limit) limit=$2 ;;
    --timeout) timeout=$2 ;;
    --objects) folders+=("$(realpath "$2")") ;;
    --clang) clang=$2 ;;
    --cpu) cpu=$2 ;;
    *) usage ;;
  esac
  shift 2
done
mkdir -p "$cache"
say() { echo "run.sh: $*" >&2; }
unavailable() { say "$1"; exit 3; }

# FILES...: those that --filter and --limit leave.
choose() {
  local all=() file name
  for file in "$@"; do
    name=${file##*/}; name=${name%.o}; name=${name%.c}; name=${name%.bpf}
    # shellcheck disable=SC2053 # a pattern is wanted
    [[ $name == $filter ]] && all+=("$file")
  done
  [ ${#all[@]} -gt 0 ] || return 0
  if [ "$limit" -gt 0 ] && [ ${#all[@]} -gt "$limit" ]; then
    local i
    for ((i = 0; i < limit; i++)); do echo "${all[i * ${#all[@]} / limit]}"; done
  else
    printf '%s\n' "${all[@]}"
  fi
}

fetch_source() {
  [ -d "$source/tools/testing/selftests/bpf/progs" ] && return 0
  say "fetching linux-source-6.1"
  command -v xz > /dev/null || { say "the sources are packed with xz, which is not installed (xz-utils)"; exit 2; }
  local work
  work=$(mktemp -d "$cache/fetch.XXXXXX")
  (cd "$work" && apt-get -q -o APT::Sandbox::User=root download linux-source-6.1 > log 2>&1) || { cat "$work/log" >&2; rm -rf "$work"; unavailable "linux-source-6.1 could not be fetched"; }
  dpkg-deb --fsys-tarfile "$work"/linux-source-*.deb | tar -xO ./usr/src/linux-source-6.1.tar.xz \
    | tar -xJ -C "$work" linux-source-6.1/tools/testing/selftests/bpf linux-source-6.1/tools/include/uapi
  rm -rf "$source"
  mv "$work/linux-source-6.1" "$source"
  rm -rf "$work"
}

# Sources whose objects are linked into one, as the kernel's Makefile does.
linked() {
  case $1 in
    linked_funcs | linked_vars | linked_maps | test_static_linked) echo "${1}1 ${1}2" ;;
    test_subskeleton) echo "test_subskeleton_lib2 test_subskeleton_lib test_subskeleton" ;;
    test_usdt) echo "test_usdt test_usdt_multispec" ;;
    *) return 1 ;;
  esac
}

compile() { # SOURCE: the object beside the others; where it does not compile, its messages
  local name=${1##*/}; name=${name%.c}
  local object=$objects/$name.bpf.o
  [ "$object" -nt "$1" ] && [ "$object" -nt "$cache/include/vmlinux.h" ] && return 0
  local inline=
  case $name in test_l4lb_noinline | test_xdp_noinline) inline=-fno-inline ;; esac
  rm -f "$object"
  "$clang" -g -w -O2 -target bpf -mcpu="$cpu" -mlittle-endian -D__TARGET_ARCH_x86 -DENABLE_ATOMICS_TESTS $inline -I"$cache/include" -I"$cache/libbpf/include" \
    -I"$selftests" -I"$source/tools/include/uapi" -idirafter /usr/include/x86_64-linux-gnu -idirafter /usr/include -c "$1" -o "$object.part" 2> "$objects/$name.log" \
    && mv "$object.part" "$object" || true
}

build_selftests() {
  local file own=()
  fetch_source
  mkdir -p "$objects" "$cache/include"
  [ -f "$cache/include/vmlinux.h" ] || bpftool btf dump file /sys/kernel/btf/vmlinux format c > "$cache/include/vmlinux.h"
  local sources=() wanted
  mapfile -t wanted < <(choose "$selftests"/progs/*.c "$repository"/bpf/*.bpf.o "$repository"/tests/bpf/*.bpf.o)
  for file in "${wanted[@]}"; do
    case $file in *.c) sources+=("$file") ;; *) own+=("$file") ;; esac
  done
  export -f compile
  export objects cache clang cpu selftests source
  [ ${#sources[@]} = 0 ] || printf '%s\0' "${sources[@]}" | xargs -0 -P "$(nproc)" -I{} bash -c 'compile {}'
  local name set part parts missing=()
  for file in "${sources[@]}"; do
    name=${file##*/}; name=${name%.c}
    if [ -f "$objects/$name.bpf.o" ]; then chosen+=("$objects/$name.bpf.o"); else missing+=("$name"); fi
  done
  for set in linked_funcs linked_vars linked_maps test_static_linked test_subskeleton test_usdt; do
    parts=()
    for part in $(linked "$set"); do [ -f "$objects/$part.bpf.o" ] && parts+=("$objects/$part.bpf.o"); done
    [ "$limit" = 0 ] && [ ${#parts[@]} = "$(linked "$set" | wc -w)" ] || continue
    bpftool gen object "$objects/$set.linked.o" "${parts[@]}" && chosen+=("$objects/$set.linked.o")
  done
  chosen+=("${own[@]}")
  [ ${#missing[@]} = 0 ] || say "${#missing[@]} of ${#sources[@]} sources do not compile with this kernel's types: ${missing[*]}"
}

[ "$(id -u)" = 0 ] || { say "programs are loaded: run it as root"; exit 2; }
source=$cache/linux-source-6.1
selftests=$source/tools/testing/selftests/bpf
objects=$cache/objects-$clang-$cpu
chosen=()
[ -f "$cache/libbpf/libbpf.a" ] || "$repository/benchmarks/native/fetch-libbpf.sh" "$cache/libbpf" || unavailable "libbpf could not be fetched"
if [ ${#folders[@]} -gt 0 ]; then
  mapfile -t chosen < <(choose $(find "${folders[@]}" -maxdepth 1 -name '*.o' | sort))
else
  build_selftests
fi
[ ${#chosen[@]} -gt 0 ] || { say "no object fits"; exit 2; }

native=$repository/benchmarks/native
cc -O2 -Wall -Wextra -Werror -I"$cache/libbpf/include" -Wl,--wrap=syscall -o "$cache/referee" "$here/referee.c" "$native/libbpf_glibc.c" "$native/libbpf_replaced.c" "$cache/libbpf/libbpf.a" -lelf -lz
dotnet build "$repository/src/EbpfNet.Tool" -c Release -o "$cache/tool" -nologo -v quiet
dotnet build "$here/EbpfNet.Compat" -c Release -o "$cache/compare" -nologo -v quiet

say "${#chosen[@]} objects, libbpf"
start=$SECONDS
"$cache/referee" --timeout "$timeout" "${chosen[@]}" > "$cache/libbpf.jsonl" || [ $? = 1 ]
middle=$SECONDS
say "${#chosen[@]} objects, EbpfNet"
dotnet "$cache/tool/EbpfNet.Tool.dll" check --each --json --timeout "$timeout" "${chosen[@]}" > "$cache/ebpfnet.jsonl" || [ $? = 1 ]
end=$SECONDS
status=0
dotnet "$cache/compare/EbpfNet.Compat.dll" "$cache/libbpf.jsonl" "$cache/ebpfnet.jsonl" "$here/known-differences.txt" > "$cache/differences.txt" || status=$?
grep -v '^other' "$cache/differences.txt" # Refused by both, for reasons of other names: a long list, and mostly the same few.
echo "libbpf $("$cache/referee" --version) in $((middle - start)) s, EbpfNet in $((end - middle)) s, Linux $(uname -r)"
exit $status

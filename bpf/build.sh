#!/bin/sh
# Builds every BPF object of the repository: the programs' (bpf/) and the tests' (tests/bpf/).
#
#   bpf/build.sh           rebuilds the objects beside their sources
#   bpf/build.sh --check   rebuilds them elsewhere and fails naming each that differs from the committed one
#
# NAME.bpf.c becomes NAME.bpf.o with the flags below. A source that wants others, or several objects, says so in
# lines of its own:  " * object: NAME.bpf.o FLAG..."  ("-g0" leaves out BTF, "-target bpfeb" is big endian).
#
# The same sources give the same bytes on any machine and in any directory: one version of clang, no headers but
# ours, relative paths only, and no DWARF (.BTF and .BTF.ext stay).
set -eu

version=19.1.7
clang=${CLANG:-clang-19}
strip=${LLVM_STRIP:-llvm-strip-19}
flags='-g -O2 -target bpf -mcpu=v3 -std=gnu11 -Wall -Wextra -Wno-unused-parameter -Werror -nostdinc -I bpf/include -fno-ident'

fail() { echo "bpf/build.sh: $*" >&2; exit 1; }

case "${1-}" in
'') check=no ;;
--check) check=yes ;;
*) fail "unknown argument '$1'; usage: bpf/build.sh [--check]" ;;
esac

command -v "$clang" >/dev/null || fail "$clang is not installed (Debian: apt-get install clang-19 llvm-19)"
command -v "$strip" >/dev/null || fail "$strip is not installed (Debian: apt-get install llvm-19)"
found=$("$clang" -dumpversion)
[ "$found" = "$version" ] || fail "clang $version is needed, so that everyone's objects are the same bytes; $clang is $found"

cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM
mkdir -p "$scratch/bpf" "$scratch/tests/bpf"

# compile SOURCE OBJECT [FLAG...]: OBJECT is written below $scratch, under the path it has in the repository.
compile() {
	source=$1 object=$2
	shift 2
	# shellcheck disable=SC2086  # $flags is a list
	"$clang" $flags -ffile-prefix-map="$PWD/=" -fdebug-compilation-dir=. "$@" -c "$source" -o "$scratch/$object" ||
		fail "$source does not compile"
	"$strip" -g "$scratch/$object"
}

for source in bpf/*.bpf.c tests/bpf/*.bpf.c; do
	folder=${source%/*}
	sed -n 's/^ \* object: //p' "$source" >"$scratch/objects"
	[ -s "$scratch/objects" ] || basename "$source" .c | sed 's/$/.o/' >"$scratch/objects"
	while read -r object options; do
		# shellcheck disable=SC2086  # options are words
		compile "$source" "$folder/$object" $options
	done <"$scratch/objects"
done

differing=0 count=0
for built in "$scratch"/bpf/*.bpf.o "$scratch"/tests/bpf/*.bpf.o; do
	object=${built#"$scratch/"}
	count=$((count + 1))
	if [ $check = no ]; then
		cmp -s "$built" "$object" || { cp "$built" "$object"; echo "$object"; }
	elif ! cmp -s "$built" "$object"; then
		echo "bpf/build.sh: $object is not what its source builds to; run bpf/build.sh and commit it" >&2
		differing=$((differing + 1))
	fi
done
# An object whose source went away would be tested for ever.
for object in bpf/*.bpf.o tests/bpf/*.bpf.o; do
	if [ ! -e "$scratch/$object" ]; then
		echo "bpf/build.sh: $object has no source that builds it; remove it" >&2
		differing=$((differing + 1))
	fi
done
[ $differing = 0 ] || exit 1
echo "$count objects are up to date"

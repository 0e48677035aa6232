#!/bin/sh
# fetch-libbpf.sh DIRECTORY: puts libbpf.a and its headers there, in a version from 1.7 on, without installing anything. LIBBPF_DEB names a libbpf-dev
# package file to take; else Debian's unstable release has it, and this machine's own mirror is asked for that, with apt's lists in a folder of their own.
set -eu
into=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "fetch-libbpf.sh: $1" >&2; exit 1; }

deb=${LIBBPF_DEB:-}
if [ -z "$deb" ]; then
  command -v apt-get > /dev/null || fail "no apt-get here; set LIBBPF_DEB to a libbpf-dev package of version 1.7 or later"
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
  keys=/usr/share/keyrings/debian-archive-keyring.gpg
  [ -n "$mirror" ] && [ -f "$keys" ] || fail "apt knows no Debian mirror; set LIBBPF_DEB to a libbpf-dev package of version 1.7 or later"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  echo "deb [signed-by=$keys] $mirror sid main" > "$work/sources.list"
  # A mirror may lag behind so far that its signed lists have expired; what they name is still what was signed.
  apt() {
    apt-get -q -o Acquire::Check-Valid-Until=false -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" \
      -o Acquire::Languages=none -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o APT::Sandbox::User=root "$@"
  }
  apt update > "$work/log" 2>&1 && (cd "$work" && apt download libbpf-dev >> log 2>&1) || { cat "$work/log" >&2; fail "libbpf-dev of Debian's unstable release could not be fetched"; }
  deb=$(echo "$work"/libbpf-dev_*.deb)
fi

dpkg -x "$deb" "$work/package"
version=$(sed -n 's/^#define LIBBPF_M[AI][JN]OR_VERSION //p' "$work/package/usr/include/bpf/libbpf_version.h" | tr '\n' ' ')
set -- $version
[ "$1" -gt 1 ] || [ "$2" -ge 7 ] || fail "$deb holds libbpf $1.$2; 1.7 or later is wanted"
rm -rf "$into"
mkdir -p "$into"
cp "$work"/package/usr/lib/*/libbpf.a "$into/"
ar d "$into/libbpf.a" libbpf_utils.o                          # see libbpf_replaced.c
objcopy --redefine-sym stderr=libbpf_stderr "$into/libbpf.a"
cp -r "$work/package/usr/include" "$into/include"

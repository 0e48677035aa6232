#!/bin/bash
# Runs kernel tests on other kernels, each booted once in QEMU, as many at a time as there are processors:
#   tests/vm/run.sh [--filter TEXT]... [--names FILE] [--all] [--once] [--passed FILE] [KERNEL...]     5.10, 6.1, 6.12, sid, or any Debian release; 5.10, 6.1, 6.12 and sid if none is given
#   tests/vm/run.sh --command 'COMMAND' KERNEL...                              runs something else there
# The tests are those marked with the trait OtherKernels, or all with --all, or those whose names are the lines of a file; of these those with TEXT in their names;
# --once, with --names, runs one kernel after the other, each with what passed on none before it; --passed collects the names of those that pass somewhere.
# The guest sees this machine's files, and what it writes is gone with it. Needs no root, but Debian packages: see the list below.
# Exit code: 0 all passed or were skipped, 1 not so, 2 it cannot run here, 3 a kernel is not to be had (the others have run, and nothing failed there). README.md says more.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache=${EBPFNET_VM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/ebpfnet-vm}
limit=${EBPFNET_VM_SECONDS:-1800}   # for a kernel's tests
boot_limit=${EBPFNET_VM_BOOT_SECONDS:-90}    # until the guest has started
filter=() command= marked=--marked passed= names= at_once=$(nproc) once=
fail() { echo "tests/vm/run.sh: $1" >&2; exit 2; }

while [[ ${1:-} == --* ]]; do
  case $1 in
    --all) marked=; shift; continue;;
    --once) once=1 at_once=1; shift; continue;;
    --filter | --names | --command | --passed) [ $# -ge 2 ] || fail "$1 needs a value";;
    *) fail "there is no option $1";;
  esac
  case $1 in
    --filter) filter+=("$2");;
    --command) command=$2;;
    --names) names=$(realpath "$2") marked=;;
    --passed) passed=$(realpath "$2");;
  esac
  shift 2
done
[ -z "$once" ] || [ -n "$names" ] || fail "--once needs --names"
[ $# -gt 0 ] || set -- 5.10 6.1 6.12 sid

for tool in qemu-system-x86_64:qemu-system-x86 busybox:busybox-static modprobe:kmod cpio:cpio xz:xz-utils zstd:zstd; do
  command -v "${tool%%:*}" > /dev/null || PATH=$PATH:/sbin:/usr/sbin command -v "${tool%%:*}" > /dev/null || fail "${tool%%:*} is missing (Debian: apt-get install ${tool##*:})"
done
PATH=$PATH:/sbin:/usr/sbin

suite_of() { case $1 in 5.10) echo bullseye;; 6.1) echo bookworm;; 6.12) echo trixie;; *) echo "$1";; esac; }

# The little that stands between the guest's kernel and the host's files.
make_initramfs() { # KERNEL_DIRECTORY
  local kernel=$1 version work line module
  version=$(cat "$kernel/version")
  [ "$kernel/initramfs" -nt "$here/guest/init.sh" ] && return
  work=$(mktemp -d)
  mkdir -p "$work"/{bin,modules,proc,sys,dev,host,control,written,whole}
  cp "$(command -v busybox)" "$work/bin/busybox"
  cp "$here/guest/init.sh" "$work/init"
  chmod +x "$work/init"
  : > "$work/modules/order"
  for module in virtio_pci 9pnet_virtio 9p overlay; do modprobe -d "$kernel" -S "$version" --show-depends "$module"; done |
    awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r line; do
      module=$(basename "$line"); module=${module%.xz}; module=${module%.zst}; module=${module%.gz}
      case $line in
        *.xz) xz -dc "$line";; *.zst) zstd -qdc "$line";; *.gz) gzip -dc "$line";; *) cat "$line";;
      esac > "$work/modules/$module"
      echo "$module" >> "$work/modules/order"
    done
  (cd "$work" && find . | cpio -o -H newc --quiet | gzip -1) > "$kernel/initramfs"
  rm -rf "$work"
}

qemu=
control=
tidy() { [ -z "$qemu" ] || kill -9 "$qemu" 2> /dev/null || true; [ -z "$control" ] || rm -rf "$control"; }

# One boot. Emulated: a virtual machine inside a virtual machine may hang. One processor is quickest and steadiest.
boot() { # KERNEL_DIRECTORY ARGUMENTS
  local start=$SECONDS
  rm -f "$control"/{up,status}
  : > "$control/output"
  qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -machine pc -accel tcg,thread=single,tb-size=512 -cpu max -smp 1 -m 2048 \
    -kernel "$1/vmlinuz" -initrd "$1/initramfs" -append "console=ttyS0 rdinit=/init quiet panic=-1 nokaslr mitigations=off tsc=reliable random.trust_cpu=on $2" \
    -serial "file:$control/console" \
    -fsdev local,id=host,path=/,security_model=none,readonly=on,multidevs=remap -device virtio-9p-pci,fsdev=host,mount_tag=host \
    -fsdev local,id=control,path="$control",security_model=none -device virtio-9p-pci,fsdev=control,mount_tag=control \
    < /dev/null > "$control/qemu" 2>&1 &
  qemu=$!
  while kill -0 "$qemu" 2> /dev/null; do
    if [ ! -e "$control/up" ] && [ $((SECONDS - start)) -gt $boot_limit ] || [ $((SECONDS - start)) -gt "$limit" ]; then kill -9 "$qemu" 2> /dev/null || true; fi
    sleep 0.2
  done
  wait "$qemu" 2> /dev/null || true
  qemu=
  cat "$control/output"
}

if [ -z "$command" ]; then
  dotnet publish "$here/EbpfNet.VmTests" -c Release --use-current-runtime --no-self-contained -p:CompileForVm=true \
    --artifacts-path "$here/bin" -nologo -v quiet >&2
  printf -v command ' %q' dotnet "$here/bin/publish/EbpfNet.VmTests/release/EbpfNet.VmTests.dll" $marked ${names:+--names /run/control/names} --passed /run/control/passed "${filter[@]}"
fi

run_on() { # NAME, in a process of its own
  local name=$1 kernel attempt
  kernel=$cache/$(suite_of "$name")
  trap tidy EXIT
  control=$(mktemp -d)
  cp "$here/guest/start.sh" "$control/start.sh"
  echo "$kernel" > "$control/kernel"
  [ -z "$names" ] || cp "$names" "$control/names"
  { export -p | grep -v -E '^declare -x (OLDPWD|SHLVL|PWD)'; printf 'cd %q\n%s\n' "$PWD" "$command"; } > "$control/command"
  for attempt in 1 2 3; do # A guest may hang while it starts on a busy machine; nothing has run by then.
    boot "$kernel" "$([ "$name" != 5.10 ] || echo lsm=lockdown,yama,bpf)"
    [ ! -e "$control/up" ] || break
    echo "== did not start within $boot_limit s (attempt $attempt)"
  done
  [ ! -f "$control/passed" ] || cp "$control/passed" "$results/$name.passed"
  if [ ! -s "$control/status" ]; then tail -n 20 "$control/qemu" "$control/console"; echo "== ended without a result"; fi
  [ "$(cat "$control/status" 2> /dev/null)" = 0 ]
}

kernels=() unavailable=()
for name; do
  kernel=$cache/$(suite_of "$name")
  if [ ! -f "$kernel/version" ]; then
    echo "== fetching kernel $name"
    code=0; bash "$here/fetch-kernel.sh" "$(suite_of "$name")" "$kernel" || code=$?
    [ "$code" != 3 ] || { unavailable+=("$name"); continue; }
    [ "$code" = 0 ] || exit 1
  fi
  make_initramfs "$kernel"
  kernels+=("$name")
done

results=$(mktemp -d)
: > "$results/none.passed"
running=()
trap 'for job in "${running[@]}"; do kill "$job" 2> /dev/null || true; done; wait; rm -rf "$results"' EXIT
trap 'exit 130' INT TERM
failed=()
show() { # NAME PROCESS: waits, then shows what the guest said, in one piece
  wait "$2" || failed+=("$1")
  echo "== Linux $(cat "$cache/$(suite_of "$1")/version")"
  cat "$results/$1.log"
}
shown=0
wanted=$names
for name in "${kernels[@]}"; do
  if [ -n "$once" ]; then
    names=$results/$name.names
    sort -u "$results"/*.passed | comm -13 - <(sort -u "$wanted") > "$names"
    [ -s "$names" ] || break
  fi
  (run_on "$name") > "$results/$name.log" 2>&1 &
  running+=($!)
  [ ${#running[@]} -lt $((shown + at_once)) ] || { show "${kernels[shown]}" "${running[shown]}"; shown=$((shown + 1)); }
done
for ((; shown < ${#kernels[@]}; shown++)); do show "${kernels[shown]}" "${running[shown]}"; done
[ -z "$passed" ] || sort -u "$results"/*.passed > "$passed"
[ ${#failed[@]} = 0 ] || { echo "== failed: ${failed[*]}"; exit 1; }
[ ${#unavailable[@]} = 0 ] || { echo "== not to be had: ${unavailable[*]}"; exit 3; }

#!/bin/bash
# fetch-kernel.sh SUITE DIRECTORY: puts the kernel of a Debian release there (vmlinuz, config, System.map, version, lib/modules) without installing
# anything: this machine's own mirror is asked, with apt's lists in a folder of their own. Exit code 3: the mirror does not give it; 1: something else is wrong.
set -euo pipefail
suite=$1 into=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "fetch-kernel.sh: $1" >&2; exit "${2:-1}"; }

command -v apt-get > /dev/null || fail "no apt-get here: kernels come as Debian packages" 3
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -n "$mirror" ] && [ -f "$keys" ] || fail "apt knows no Debian mirror" 3
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/packages" "$work/root"
echo "deb [signed-by=$keys] $mirror $suite main" > "$work/sources.list"
: > "$work/status"
options=(-q -o Acquire::Check-Valid-Until=false -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$work/lists"
  -o Dir::State::status="$work/status" -o Dir::Cache="$work/cache" -o Acquire::Languages=none -o APT::Sandbox::User=root)
apt-get "${options[@]}" update > "$work/log" 2>&1 || { cat "$work/log" >&2; fail "the packages of $suite could not be listed" 3; }

# linux-image-amd64 only names the current image, which newer releases have split into several packages.
kernel_packages() {
  apt-cache "${options[@]}" show --no-all-versions "$1" | sed -n 's/^Depends: //p' | tr ',|' '\n\n' |
    sed -n 's/^ *\(linux-\(image\|binary\|modules\|base\)-[0-9][^ (]*\).*/\1/p'
}
wanted=() open=(linux-image-amd64)
while [ ${#open[@]} -gt 0 ]; do
  next=()
  for package in "${open[@]}"; do
    while read -r found; do
      [[ " ${wanted[*]} " == *" $found "* ]] || { wanted+=("$found"); next+=("$found"); }
    done < <(kernel_packages "$package")
  done
  open=("${next[@]}")
done
[ ${#wanted[@]} -gt 0 ] || fail "$suite has no linux-image-amd64"
(cd "$work/packages" && apt-get "${options[@]}" download "${wanted[@]}" > "$work/log" 2>&1) || { cat "$work/log" >&2; fail "could not fetch ${wanted[*]}" 3; }
for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$work/root"; done

modules=$(find "$work/root" -type d -path '*lib/modules' | head -n 1)
version=$(ls "$modules")
mkdir -p "$work/kernel/lib/modules/$version"
for file in vmlinuz config System.map; do # in /boot, or in newer releases beside the modules
  find "$work/root" \( -path "*/boot/$file-$version" -o -path "*/modules/$version/$file" \) -exec cp {} "$work/kernel/$file" \;
done
[ -f "$work/kernel/vmlinuz" ] || fail "there is no kernel in ${wanted[*]}"
# Of the drivers only those that a virtual machine or a test may want.
for part in kernel/net kernel/fs kernel/crypto kernel/lib kernel/arch kernel/security kernel/kernel kernel/drivers/net kernel/drivers/virtio kernel/drivers/block modules.builtin modules.builtin.modinfo modules.order; do
  [ ! -e "$modules/$version/$part" ] || { mkdir -p "$(dirname "$work/kernel/lib/modules/$version/$part")"; cp -r "$modules/$version/$part" "$work/kernel/lib/modules/$version/$part"; }
done
rm -rf "$work/kernel/lib/modules/$version"/kernel/drivers/net/{ethernet,wireless}
depmod -b "$work/kernel" "$version"
echo "$version" > "$work/kernel/version"
rm -rf "$into"
mkdir -p "$(dirname "$into")"
mv "$work/kernel" "$into"

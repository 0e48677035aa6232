#!/bin/busybox sh
# The guest's first process: gets to the host's files, read-only, with what the guest writes in memory on top, and goes on there.
b=/bin/busybox
fail() { echo "init: $1"; $b reboot -f; }
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev
for module in $($b cat /modules/order); do $b insmod /modules/$module || echo "init: insmod $module failed"; done
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro host /host || fail "the host's files cannot be reached"
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=none control /control || fail "the control folder cannot be reached"
$b mount -t tmpfs -o size=80% written /written; $b mkdir /written/upper /written/work
$b mount -t overlay -o lowerdir=/host,upperdir=/written/upper,workdir=/written/work root /whole || fail "no overlay"
for folder in proc sys dev; do $b mount --move /$folder /whole/$folder; done
$b mount -t tmpfs run /whole/run; $b mkdir /whole/run/control; $b mount --move /control /whole/run/control
exec $b switch_root /whole /bin/bash /run/control/start.sh

# The rest of the guest's start, among the host's files: what tests expect of a machine; then the command, then the end.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
control=/run/control
kernel=$(cat $control/kernel)
try() { "$@" 2> /dev/null || echo "start: failed: $*" > /dev/console; }
mkdir -p /dev/pts /dev/shm
try mount -t devpts devpts /dev/pts
try mount -t tmpfs shm /dev/shm
ln -sf /proc/self/fd /dev/fd; ln -sf fd/0 /dev/stdin; ln -sf fd/1 /dev/stdout; ln -sf fd/2 /dev/stderr
try mount -t tracefs tracefs /sys/kernel/tracing
try mount -t debugfs debugfs /sys/kernel/debug
try mount -t securityfs securityfs /sys/kernel/security
try mount -t cgroup2 cgroup2 /sys/fs/cgroup
# Where programs look for the kernel's modules and configuration.
mkdir -p "$(readlink -f /lib)/modules"
try mount --bind "$kernel/lib/modules" "$(readlink -f /lib)/modules"
mkdir -p /run/boot && cp "$kernel/config" "/run/boot/config-$(uname -r)"
try mount --bind /run/boot /boot
for module in veth bridge dummy sch_ingress cls_bpf sch_fq; do modprobe -q $module; done # a guest does not load them on demand
try ip link set lo up
ulimit -l unlimited; ulimit -n 65536
echo 4 > /proc/sys/kernel/printk
: > $control/up
bash $control/command > $control/output 2>&1 < /dev/null
echo $? > $control/status
echo b > /proc/sysrq-trigger

namespace EbpfNet.Kernel;

/// <summary>A mount namespace for one thread, with an empty BPF file system: what is pinned there nobody else sees, and it vanishes with the thread.</summary>
internal static unsafe class PrivateMounts
{
    private const int NewMountNamespace = 0x20000; // CLONE_NEWNS
    private const nuint Recursive = 0x4000; // MS_REC
    private const nuint Private = 0x40000; // MS_PRIVATE

    /// <summary>Moves the calling thread; do not let it go back to a pool.</summary>
    /// <returns>Whether that was allowed (<c>CAP_SYS_ADMIN</c>). If not, the thread may be in a namespace with the mounts it had.</returns>
    public static bool TryEnter()
    {
        fixed (byte* type = "bpf\0"u8, pins = "/sys/fs/bpf\0"u8)
        {
            return MountCalls.Unshare(NewMountNamespace) == 0
                && TryKeepToItself() // else mounts would be seen outside
                && MountCalls.Mount(type, pins, type, 0, null) == 0;
        }
    }

    /// <summary>What is mounted where the pins go is not passed on. In a changed root (chroot) the root may be no mount of its own: then the one that holds the pins has to do.</summary>
    private static bool TryKeepToItself() => TryMakePrivate("/\0"u8) || TryMakePrivate("/sys/fs/bpf\0"u8) || TryMakePrivate("/sys\0"u8);

    private static bool TryMakePrivate(ReadOnlySpan<byte> path)
    {
        fixed (byte* none = "none\0"u8, mount = path)
        {
            return MountCalls.Mount(none, mount, null, Recursive | Private, null) == 0;
        }
    }
}

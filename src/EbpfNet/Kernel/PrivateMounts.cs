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
        fixed (byte* none = "none\0"u8, root = "/\0"u8, type = "bpf\0"u8, pins = "/sys/fs/bpf\0"u8)
        {
            return MountCalls.Unshare(NewMountNamespace) == 0
                && MountCalls.Mount(none, root, null, Recursive | Private, null) == 0 // else mounts would be seen outside
                && MountCalls.Mount(type, pins, type, 0, null) == 0;
        }
    }
}

using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Whether a map's values have a spin lock: the types say where one may be, the kernel whether it takes it for one.</summary>
internal static unsafe class SpinLocks
{
    private const string LockType = "bpf_spin_lock";
    private const int NoLock = -(int)BpfErrno.EINVAL;

    public static bool Find(BpfMap map) => MayHaveLocks(map.Type) && map.Btf is { } btf && HasLockMember(btf, map.ValueTypeId) && IsKnownToKernel(map);

    private static bool MayHaveLocks(BpfMapType type) => type is BpfMapType.Hash or BpfMapType.Array or BpfMapType.SkStorage or BpfMapType.InodeStorage
        or BpfMapType.TaskStorage or BpfMapType.CgrpStorage or BpfMapType.CgroupStorage;

    /// <summary>The kernel takes a lock only where it is a member of the value itself, not of a struct within.</summary>
    private static bool HasLockMember(BtfSpec btf, BtfTypeId type) =>
        btf[btf.SkipModifiers(type)] is BtfComposite value && value.Members.Any(member => btf[btf.SkipModifiers(member.Type)] is BtfStruct { Name: LockType });

    /// <summary>
    /// Kernels before 5.1, and those that were not told the types, have no lock there. They refuse the flag before they look for the element, so that any key will do;
    /// a descriptor as a key (of a local storage) is refused later too.
    /// </summary>
    private static bool IsKnownToKernel(BpfMap map)
    {
        byte[] key = new byte[Math.Max(map.KeySize, 1)];
        byte[] value = new byte[Math.Max(map.ValueSize, 1)];
        key.AsSpan().Fill(0xff);
        fixed (byte* k = key, v = value)
        {
            return MapElements.Lookup(map.Handle, k, v, (ulong)BpfElementFlags.Lock) != NoLock;
        }
    }
}

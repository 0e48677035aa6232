using System.Runtime.InteropServices;
using EbpfNet.Abi;

namespace EbpfNet;

/// <summary>Where a program is attached that has a value in a <see cref="BpfAttachedCgroupStorage{TKey, TValue}"/>: a control group and a hook of it (<c>struct bpf_cgroup_storage_key</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct BpfAttachedCgroupKey : IEquatable<BpfAttachedCgroupKey>
{
    private readonly ulong _cgroupInodeId; // As in C, for the comparison with BTF.
    private readonly uint _attachType;

    /// <summary>Makes a key.</summary>
    /// <param name="cgroupId">The control group's number: <see cref="BpfCgroup.Id"/>.</param>
    /// <param name="attachType">The hook, for example <see cref="BpfAttachType.CgroupInetEgress"/>.</param>
    public BpfAttachedCgroupKey(ulong cgroupId, BpfAttachType attachType)
    {
        _cgroupInodeId = cgroupId;
        _attachType = (uint)attachType;
    }

    /// <summary>Makes a key.</summary>
    /// <param name="cgroup">The control group.</param>
    /// <param name="attachType">The hook, for example <see cref="BpfAttachType.CgroupInetEgress"/>.</param>
    /// <exception cref="BpfSyscallException">The folder is not one of a control group of version 2, or the kernel refused.</exception>
    public BpfAttachedCgroupKey(BpfCgroup cgroup, BpfAttachType attachType)
        : this(IdOf(cgroup), attachType)
    {
    }

    /// <summary>The control group's number (<c>cgroup_inode_id</c>).</summary>
    public ulong CgroupId => _cgroupInodeId;

    /// <summary>The hook (<c>attach_type</c>).</summary>
    public BpfAttachType AttachType => (BpfAttachType)_attachType;

    /// <summary>Whether two keys are the same.</summary>
    /// <param name="left">A key.</param>
    /// <param name="right">Another key.</param>
    public static bool operator ==(BpfAttachedCgroupKey left, BpfAttachedCgroupKey right) => left.Equals(right);

    /// <summary>Whether two keys differ.</summary>
    /// <param name="left">A key.</param>
    /// <param name="right">Another key.</param>
    public static bool operator !=(BpfAttachedCgroupKey left, BpfAttachedCgroupKey right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(BpfAttachedCgroupKey other) => _cgroupInodeId == other._cgroupInodeId && _attachType == other._attachType;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BpfAttachedCgroupKey other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_cgroupInodeId, _attachType);

    /// <summary>The number and the hook.</summary>
    public override string ToString() => $"control group {_cgroupInodeId}, {AttachType}";

    private static ulong IdOf(BpfCgroup cgroup)
    {
        ArgumentNullException.ThrowIfNull(cgroup);
        return cgroup.Id;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>What the kernel knows of a place in a call stack with build ids (<c>enum bpf_stack_build_id_status</c>).</summary>
public enum BpfBuildIdStatus
{
    /// <summary>The stack has ended. <c>BPF_STACK_BUILD_ID_EMPTY</c>.</summary>
    Empty = 0,

    /// <summary>The file's build id and the place in the file. <c>BPF_STACK_BUILD_ID_VALID</c>.</summary>
    Valid = 1,

    /// <summary>Only the address. <c>BPF_STACK_BUILD_ID_IP</c>.</summary>
    Address = 2,
}

/// <summary>A place in a call stack, by file rather than by address: it means the same after the process has ended (<c>struct bpf_stack_build_id</c>, Linux 4.17).</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct BpfBuildIdFrame : IEquatable<BpfBuildIdFrame>
{
    private readonly int _status;
    private readonly BuildIdBytes _buildId;
    private readonly ulong _place;

    /// <summary>Describes a place.</summary>
    /// <param name="status">What is known of it.</param>
    /// <param name="buildId">The file's build id, at most 20 bytes.</param>
    /// <param name="place">The place in the file in bytes, or the address.</param>
    /// <exception cref="ArgumentException">The build id is too long.</exception>
    public BpfBuildIdFrame(BpfBuildIdStatus status, ReadOnlySpan<byte> buildId, ulong place)
    {
        _status = (int)status;
        buildId.CopyTo(_buildId);
        _place = place;
    }

    /// <summary>What is known of it.</summary>
    public BpfBuildIdStatus Status => (BpfBuildIdStatus)_status;

    /// <summary>The file's build id, in hexadecimal as tools write it; shorter ones are filled up with zeroes, which are left out here.</summary>
    public string BuildId => Convert.ToHexStringLower(((ReadOnlySpan<byte>)_buildId).TrimEnd((byte)0));

    /// <summary>The place in the file in bytes, when <see cref="Status"/> is <see cref="BpfBuildIdStatus.Valid"/>.</summary>
    public ulong FileOffset => _place;

    /// <summary>The address, when <see cref="Status"/> is <see cref="BpfBuildIdStatus.Address"/>.</summary>
    public ulong Address => _place;

    /// <summary>Whether two are the same place.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(BpfBuildIdFrame left, BpfBuildIdFrame right) => left.Equals(right);

    /// <summary>Whether two are different places.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(BpfBuildIdFrame left, BpfBuildIdFrame right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(BpfBuildIdFrame other) => _status == other._status && _place == other._place && ((ReadOnlySpan<byte>)_buildId).SequenceEqual(other._buildId);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is BpfBuildIdFrame other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_status, _place);

    /// <inheritdoc/>
    public override string ToString() => Status switch
    {
        BpfBuildIdStatus.Valid => $"{BuildId}+0x{_place:x}",
        BpfBuildIdStatus.Address => $"0x{_place:x}",
        _ => "",
    };

    [InlineArray(20)]
    private struct BuildIdBytes
    {
        private byte _first;
    }
}

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace DemoNetwork;

/// <summary>One request to the kernel's routing socket, built front to back: header, fixed part, attributes.</summary>
internal sealed class NetlinkMessage
{
    internal const int HeaderLength = 16;

    private const ushort Request = 0x1;
    private const ushort Acknowledge = 0x4;

    private readonly List<byte> _bytes = [];

    /// <summary>Starts a request of a kind (RTM_…), with further flags (NLM_F_…).</summary>
    internal NetlinkMessage(ushort type, ushort flags = 0)
    {
        Append(0u); // the length: filled in by Finish
        Append(type);
        Append((ushort)(Request | Acknowledge | flags));
        Append(1u); // sequence number: one request is under way at a time
        Append(0u); // sender: the kernel fills it in
    }

    internal NetlinkMessage Append<T>(T value)
        where T : unmanaged
    {
        _bytes.AddRange(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
        return this;
    }

    /// <summary>The fixed part of link requests (struct ifinfomsg).</summary>
    internal NetlinkMessage AppendLinkHeader(int index = 0, uint flags = 0, uint changedFlags = 0)
        => Append((ushort)0).Append((ushort)0).Append(index).Append(flags).Append(changedFlags);

    internal NetlinkMessage Attribute(ushort type, ReadOnlySpan<byte> value)
    {
        Append((ushort)(4 + value.Length)).Append(type);
        _bytes.AddRange(value);
        return Pad();
    }

    internal NetlinkMessage Attribute<T>(ushort type, T value)
        where T : unmanaged
        => Attribute(type, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    internal NetlinkMessage Attribute(ushort type, string value) => Attribute(type, Encoding.UTF8.GetBytes(value + "\0"));

    /// <summary>An attribute whose value is what <paramref name="content"/> appends.</summary>
    internal NetlinkMessage Nested(ushort type, Action<NetlinkMessage> content)
    {
        int start = _bytes.Count;
        Append((ushort)0).Append(type);
        content(this);
        BinaryPrimitives.WriteUInt16LittleEndian(CollectionsMarshal.AsSpan(_bytes)[start..], (ushort)(_bytes.Count - start));
        return Pad();
    }

    internal ReadOnlySpan<byte> Finish()
    {
        Span<byte> all = CollectionsMarshal.AsSpan(_bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(all, (uint)all.Length);
        return all;
    }

    private NetlinkMessage Pad()
    {
        while (_bytes.Count % 4 != 0)
        {
            _bytes.Add(0);
        }

        return this;
    }
}

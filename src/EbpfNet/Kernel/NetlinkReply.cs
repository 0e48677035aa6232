using EbpfNet.Buffers;

namespace EbpfNet.Kernel;

/// <summary>The kernel's verdict on a request: the errno, and what it said in words (the extended acknowledgement).</summary>
internal readonly record struct NetlinkVerdict(BpfErrno Error, string? Message)
{
    private const ushort MessageAttribute = 1; // NLMSGERR_ATTR_MSG

    /// <summary>Reads the content of an <c>NLMSG_ERROR</c> or <c>NLMSG_DONE</c> message.</summary>
    public static NetlinkVerdict Read(SpanReader content, NetlinkType type, NetlinkFlags flags)
    {
        // NLMSG_DONE ends a dump with a number, too, but repeats no request; old kernels leave the number out.
        int error = content.Remaining >= sizeof(int) ? content.ReadInt32() : 0;
        if ((flags & NetlinkFlags.AcknowledgeAttributes) == 0)
        {
            return new NetlinkVerdict((BpfErrno)(-error), null);
        }

        if (type == NetlinkType.Error)
        {
            uint length = content.ReadUInt32();
            ulong repeated = (flags & NetlinkFlags.Capped) != 0 ? NetlinkMessage.HeaderSize : (ulong)NetlinkMessage.Align((int)Math.Min(length, int.MaxValue - 3));
            content.Skip(repeated > sizeof(uint) ? repeated - sizeof(uint) : 0);
        }

        var attributes = new NetlinkAttributes(content.Slice((ulong)content.Position, (ulong)content.Remaining, "the attributes"));
        while (attributes.MoveNext())
        {
            if (attributes.Type == MessageAttribute)
            {
                return new NetlinkVerdict((BpfErrno)(-error), attributes.ReadString());
            }
        }

        return new NetlinkVerdict((BpfErrno)(-error), null);
    }
}

/// <summary>One message of the kernel's: its header taken apart, its content as a reader.</summary>
internal readonly ref struct NetlinkReply
{
    private NetlinkReply(NetlinkType type, NetlinkFlags flags, uint sequence, SpanReader content)
    {
        Type = type;
        Flags = flags;
        Sequence = sequence;
        Content = content;
    }

    public NetlinkType Type { get; }

    public NetlinkFlags Flags { get; }

    public uint Sequence { get; }

    /// <summary>What follows the header.</summary>
    public SpanReader Content { get; }

    /// <summary>Takes the next message off a datagram.</summary>
    public static bool TryRead(ref SpanReader datagram, out NetlinkReply reply)
    {
        reply = default;
        if (datagram.Remaining < NetlinkMessage.HeaderSize)
        {
            return false;
        }

        int start = datagram.Position;
        uint length = datagram.ReadUInt32();
        var type = (NetlinkType)datagram.ReadUInt16();
        var flags = (NetlinkFlags)datagram.ReadUInt16();
        uint sequence = datagram.ReadUInt32();
        datagram.Skip(sizeof(uint)); // our own port
        if (length < NetlinkMessage.HeaderSize)
        {
            throw datagram.ErrorAt(start, $"a message of {length} bytes is shorter than its header");
        }

        SpanReader content = datagram.Slice((ulong)datagram.Position, length - NetlinkMessage.HeaderSize, "a message");
        datagram.Skip((ulong)Math.Min(NetlinkMessage.Align(content.Length), datagram.Remaining));
        reply = new NetlinkReply(type, flags, sequence, content);
        return true;
    }
}

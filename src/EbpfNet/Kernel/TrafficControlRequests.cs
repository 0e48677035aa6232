using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace EbpfNet.Kernel;

/// <summary>The requests that make, replace and remove filters and the queueing discipline that holds them, as plain bytes: nothing here talks to the kernel.</summary>
internal static class TrafficControlRequests
{
    /// <summary>Room for any request of this class.</summary>
    public const int BufferSize = 512;

    /// <summary>The longest name that the kernel takes for a filter (<c>CLS_BPF_NAME_LEN</c>) or action, with its NUL.</summary>
    private const int MaximumName = 256;

    /// <summary>Classic BPF that matches every packet: <c>ret #-1</c>, a <c>struct sock_filter</c>.</summary>
    private const ulong MatchAll = 0xffff_ffff_0000_0006;

    /// <summary><c>RTM_NEWQDISC</c> that adds <c>clsact</c> to an interface that has neither it nor <c>ingress</c>.</summary>
    public static NetlinkMessage AddClsact(Span<byte> buffer, int interfaceIndex)
    {
        var message = new NetlinkMessage(buffer, NetlinkType.NewQdisc, NetlinkFlags.Acknowledge | NetlinkFlags.Create | NetlinkFlags.Exclusive);
        AppendClsact(ref message, interfaceIndex);
        return message;
    }

    /// <summary><c>RTM_DELQDISC</c> that removes <c>clsact</c>, and with it whatever filters it has.</summary>
    public static NetlinkMessage RemoveClsact(Span<byte> buffer, int interfaceIndex)
    {
        var message = new NetlinkMessage(buffer, NetlinkType.DeleteQdisc, NetlinkFlags.Acknowledge);
        AppendClsact(ref message, interfaceIndex);
        return message;
    }

    /// <summary><c>RTM_GETQDISC</c> of all queueing disciplines.</summary>
    public static NetlinkMessage ListQdiscs(Span<byte> buffer)
    {
        var message = new NetlinkMessage(buffer, NetlinkType.GetQdisc, NetlinkFlags.Dump);
        message.Append(default(TrafficControlMessage));
        return message;
    }

    /// <summary><c>RTM_NEWTFILTER</c> of a program that decides itself (direct action).</summary>
    /// <param name="buffer">Room.</param>
    /// <param name="place">Where; a handle of 0 leaves the choice to the kernel, which tells it in the echo.</param>
    /// <param name="fd">The program.</param>
    /// <param name="name">What it is called in lists.</param>
    /// <param name="replace">Whether it goes into the place of the one there, or only where there is none.</param>
    public static NetlinkMessage SetFilter(Span<byte> buffer, in FilterPlace place, int fd, string name, bool replace)
    {
        NetlinkMessage message = NewFilter(buffer, place, replace);
        int options = message.BeginNested(TrafficControlAttribute.Options);
        message.Attribute(BpfFilterAttribute.Fd, fd);
        message.Attribute(BpfFilterAttribute.Name, Shorten(name));
        message.Attribute(BpfFilterAttribute.Flags, BpfFilterAttribute.DirectAction);
        message.EndNested(options);
        return message;
    }

    /// <summary><c>RTM_NEWTFILTER</c> of a filter that takes every packet, with a program as its action (<c>act_bpf</c>).</summary>
    public static NetlinkMessage SetAction(Span<byte> buffer, in FilterPlace place, int fd, string name, bool replace)
    {
        NetlinkMessage message = NewFilter(buffer, place, replace);
        int options = message.BeginNested(TrafficControlAttribute.Options);
        int actions = message.BeginNested(BpfFilterAttribute.Actions);
        int action = message.BeginNested(BpfActionAttribute.First);
        message.Attribute(BpfActionAttribute.Kind, TrafficControl.BpfKind);
        int parameters = message.BeginNested(BpfActionAttribute.Options);
        message.Attribute(BpfActionAttribute.Fd, fd);
        message.Attribute(BpfActionAttribute.Name, Shorten(name));
        message.Attribute(BpfActionAttribute.Parameters, new BpfActionMessage { Action = BpfActionMessage.NextFilter });
        message.EndNested(parameters);
        message.EndNested(action);
        message.EndNested(actions);
        message.Attribute(BpfFilterAttribute.ClassicLength, (ushort)1);
        message.Attribute(BpfFilterAttribute.ClassicCode, MatchAll);
        message.EndNested(options);
        return message;
    }

    /// <summary><c>RTM_DELTFILTER</c> of one filter.</summary>
    public static NetlinkMessage RemoveFilter(Span<byte> buffer, in FilterPlace place) => Filter(buffer, NetlinkType.DeleteFilter, NetlinkFlags.Acknowledge, place);

    /// <summary><c>RTM_GETTFILTER</c> of one filter.</summary>
    public static NetlinkMessage GetFilter(Span<byte> buffer, in FilterPlace place) => Filter(buffer, NetlinkType.GetFilter, NetlinkFlags.Acknowledge, place);

    /// <summary><c>RTM_GETTFILTER</c> of all filters of one direction.</summary>
    public static NetlinkMessage ListFilters(Span<byte> buffer, int interfaceIndex, uint parent)
    {
        var message = new NetlinkMessage(buffer, NetlinkType.GetFilter, NetlinkFlags.Dump);
        message.Append(new TrafficControlMessage { Index = interfaceIndex, Parent = parent });
        return message;
    }

    /// <summary>Priority and protocol share a word.</summary>
    public static uint Info(ushort priority, ushort protocol) => ((uint)priority << 16) | (BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(protocol) : protocol);

    private static void AppendClsact(ref NetlinkMessage message, int interfaceIndex)
    {
        message.Append(new TrafficControlMessage { Index = interfaceIndex, Handle = TrafficControl.ClsactHandle, Parent = TrafficControl.Clsact });
        message.Attribute(TrafficControlAttribute.Kind, TrafficControl.ClsactKind);
    }

    private static NetlinkMessage NewFilter(Span<byte> buffer, in FilterPlace place, bool replace) =>
        Filter(buffer, NetlinkType.NewFilter, NetlinkFlags.Acknowledge | NetlinkFlags.Echo | NetlinkFlags.Create | (replace ? NetlinkFlags.Replace : NetlinkFlags.Exclusive), place);

    private static NetlinkMessage Filter(Span<byte> buffer, NetlinkType type, NetlinkFlags flags, in FilterPlace place)
    {
        var message = new NetlinkMessage(buffer, type, flags);
        message.Append(new TrafficControlMessage
        {
            Index = place.InterfaceIndex,
            Handle = place.Handle,
            Parent = place.Parent,
            Info = Info(place.Priority, place.Protocol),
        });
        message.Attribute(TrafficControlAttribute.Kind, TrafficControl.BpfKind);
        if (place.Chain != 0)
        {
            message.Attribute(TrafficControlAttribute.Chain, place.Chain);
        }

        return message;
    }

    private static string Shorten(string name)
    {
        while (Encoding.UTF8.GetByteCount(name) >= MaximumName)
        {
            name = name[..^1];
        }

        return name;
    }
}

/// <summary>Where a filter is.</summary>
/// <param name="InterfaceIndex">The interface.</param>
/// <param name="Parent">The direction: <see cref="TrafficControl.Ingress"/> or <see cref="TrafficControl.Egress"/>.</param>
/// <param name="Priority">Smaller ones run first.</param>
/// <param name="Handle">Which of those of the same priority.</param>
/// <param name="Protocol">What it is for; all in one priority are for the same.</param>
/// <param name="Chain">The chain; packets start in 0.</param>
internal readonly record struct FilterPlace(
    int InterfaceIndex, uint Parent, ushort Priority, uint Handle, ushort Protocol = TrafficControl.AllProtocols, uint Chain = 0);

/// <summary><c>struct tcmsg</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TrafficControlMessage
{
    public byte Family;
    private readonly byte _padding1;
    private readonly ushort _padding2;
    public int Index;
    public uint Handle;
    public uint Parent;
    public uint Info;
}

/// <summary><c>struct tc_act_bpf</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BpfActionMessage
{
    /// <summary><c>TC_ACT_UNSPEC</c>: go on with the next filter where the program says nothing else.</summary>
    public const int NextFilter = -1;

    public uint Index;
    public uint Capabilities;
    public int Action;
    public int References;
    public int Bindings;
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.Abi;

#pragma warning disable CA1051, CA1815 // What the kernel reads and writes: fields at fixed places, compared by nobody.

/// <summary>
/// The context of tc, socket filter and other programs about packets as <c>BPF_PROG_TEST_RUN</c> takes and gives it (<c>struct __sk_buff</c>; Linux 5.2). Numbers are in this machine's byte order
/// except where it says otherwise.
/// </summary>
/// <remarks>
/// The kernel takes in <see cref="Mark"/>, <see cref="Priority"/>, <see cref="IngressInterfaceIndex"/>, <see cref="InterfaceIndex"/>, <see cref="Control"/>, <see cref="DataEnd"/>,
/// <see cref="TimeStamp"/>, <see cref="WireLength"/>, <see cref="GsoSegments"/>, <see cref="GsoSize"/> and <see cref="HardwareTimeStamp"/>, and refuses a context in which anything else is not 0.
/// Afterwards it gives back the same ones, and what the program made of them.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public struct SkBuffContext
{
    /// <summary>The packet's length (<c>len</c>).</summary>
    public uint Length;

    /// <summary>For whom the packet is, 0 for this host (<c>pkt_type</c>).</summary>
    public uint PacketType;

    /// <summary>The mark that routing and filters look at (<c>mark</c>; taken in since Linux 5.5).</summary>
    public uint Mark;

    /// <summary>The queue (<c>queue_mapping</c>).</summary>
    public uint QueueMapping;

    /// <summary>The protocol as in the Ethernet header, in network byte order (<c>protocol</c>).</summary>
    public uint Protocol;

    /// <summary>Whether there is a VLAN tag (<c>vlan_present</c>).</summary>
    public uint VlanPresent;

    /// <summary>The VLAN tag (<c>vlan_tci</c>).</summary>
    public uint VlanTag;

    /// <summary>The VLAN protocol, in network byte order (<c>vlan_proto</c>).</summary>
    public uint VlanProtocol;

    /// <summary>The priority (<c>priority</c>).</summary>
    public uint Priority;

    /// <summary>The interface that the packet came in by (<c>ingress_ifindex</c>; taken in since Linux 5.10).</summary>
    public uint IngressInterfaceIndex;

    /// <summary>The interface that the packet is at, in the caller's network namespace; 0 for the loopback interface (<c>ifindex</c>; taken in since Linux 5.8).</summary>
    public uint InterfaceIndex;

    /// <summary>The traffic control index (<c>tc_index</c>).</summary>
    public uint TcIndex;

    /// <summary>What programs pass on to each other (<c>cb</c>).</summary>
    public ControlBlock Control;

    /// <summary>The hash of the flow (<c>hash</c>).</summary>
    public uint Hash;

    /// <summary>The traffic class (<c>tc_classid</c>).</summary>
    public uint TcClassId;

    /// <summary>Where the program sees the packet's start (<c>data</c>).</summary>
    public uint Data;

    /// <summary>How much of the packet is in one piece, the rest being in fragments; 0 for all of it (<c>data_end</c>; taken in since Linux 6.18).</summary>
    public uint DataEnd;

    /// <summary>Which NAPI instance the packet came by (<c>napi_id</c>).</summary>
    public uint NapiId;

    /// <summary>The socket's address family (<c>family</c>).</summary>
    public uint Family;

    /// <summary>The socket's remote IPv4 address, in network byte order (<c>remote_ip4</c>).</summary>
    public uint RemoteIPv4;

    /// <summary>The socket's local IPv4 address, in network byte order (<c>local_ip4</c>).</summary>
    public uint LocalIPv4;

    /// <summary>The socket's remote IPv6 address, in network byte order (<c>remote_ip6</c>).</summary>
    public IPv6Words RemoteIPv6;

    /// <summary>The socket's local IPv6 address, in network byte order (<c>local_ip6</c>).</summary>
    public IPv6Words LocalIPv6;

    /// <summary>The socket's remote port, in network byte order (<c>remote_port</c>).</summary>
    public uint RemotePort;

    /// <summary>The socket's local port (<c>local_port</c>).</summary>
    public uint LocalPort;

    /// <summary>Where the program sees the packet's metadata (<c>data_meta</c>).</summary>
    public uint DataMeta;

    /// <summary>A pointer of the flow dissector's (<c>flow_keys</c>).</summary>
    public ulong FlowKeys;

    /// <summary>The time stamp in nanoseconds (<c>tstamp</c>).</summary>
    public ulong TimeStamp;

    /// <summary>The length on the wire, of all segments together (<c>wire_len</c>; taken in since Linux 5.6).</summary>
    public uint WireLength;

    /// <summary>Into how many segments the packet will be cut (<c>gso_segs</c>; taken in since Linux 5.6).</summary>
    public uint GsoSegments;

    /// <summary>A pointer to the socket (<c>sk</c>).</summary>
    public ulong Socket;

    /// <summary>How long the segments will be (<c>gso_size</c>; taken in since Linux 5.7).</summary>
    public uint GsoSize;

    /// <summary>Which clock the time stamp is of (<c>tstamp_type</c>).</summary>
    public byte TimeStampType;

    private readonly byte _padding0;
    private readonly byte _padding1;
    private readonly byte _padding2;

    /// <summary>The device's time stamp (<c>hwtstamp</c>; Linux 5.16).</summary>
    public ulong HardwareTimeStamp;

    /// <summary><c>__u32 cb[5]</c>.</summary>
    [InlineArray(5)]
    public struct ControlBlock
    {
        private uint _first;
    }

    /// <summary>An IPv6 address as <c>__u32[4]</c>, in network byte order.</summary>
    [InlineArray(4)]
    public struct IPv6Words
    {
        private uint _first;
    }
}

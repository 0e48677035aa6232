using System.Runtime.InteropServices;

namespace EbpfNet.Abi;

#pragma warning disable CA1051, CA1815 // What the kernel reads and writes: fields at fixed places, compared by nobody.

/// <summary>The context of an XDP program as <c>BPF_PROG_TEST_RUN</c> takes and gives it (<c>struct xdp_md</c>; Linux 5.14). Numbers are in this machine's byte order.</summary>
/// <remarks>
/// The packet that is given begins with the metadata, if there is any: <see cref="Data"/> is where the packet proper starts, a multiple of 4 and at most 252. <see cref="DataEnd"/> is the length of
/// both; <c>TestRun</c> fills it in where it is 0. Afterwards they say where the program has moved them.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public struct XdpMd
{
    /// <summary>Where the packet starts among the bytes given, that is, how many bytes of metadata go before it (<c>data</c>).</summary>
    public uint Data;

    /// <summary>Where the packet ends among the bytes given (<c>data_end</c>).</summary>
    public uint DataEnd;

    /// <summary>Has to be 0: metadata starts with the bytes given (<c>data_meta</c>).</summary>
    public uint DataMeta;

    /// <summary>The interface, in the caller's network namespace, that the packet seems to come in by; 0 for the loopback interface (<c>ingress_ifindex</c>). Its driver has to have XDP running.</summary>
    public uint IngressInterfaceIndex;

    /// <summary>The receive queue of that interface (<c>rx_queue_index</c>).</summary>
    public uint RxQueueIndex;

    /// <summary>Has to be 0; programs of device maps see the interface that the packet goes out by here (<c>egress_ifindex</c>).</summary>
    public uint EgressInterfaceIndex;
}

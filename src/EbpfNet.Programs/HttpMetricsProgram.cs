using System.Net.NetworkInformation;
using EbpfNet.Abi;
using EbpfNet.Btf;

namespace EbpfNet.Programs;

/// <remarks>
/// Counts HTTP/1.0 and HTTP/1.1 requests and responses, and the time from a request's first byte to its response's, for each client's address and server's port. Connections and services are bounded: the least
/// recently used make room, which <see cref="ReadTotals"/> counts. Needs Linux 5.17, and root, or CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON and CAP_NET_RAW.
/// </remarks>
public sealed partial class HttpMetricsProgram
{
    private const int ReadAhead = 64;

    /// <summary>Loads the program that counts in the packets of an interface, and attaches it.</summary>
    /// <param name="interfaceName">The interface, in the calling thread's network namespace.</param>
    /// <param name="options">What is counted, and how much is kept; the defaults when <see langword="null"/>.</param>
    /// <param name="link">The link. Disposing it ends the counting, and so does the end of the process.</param>
    /// <returns>The loaded program.</returns>
    /// <exception cref="BpfNotSupportedException">The kernel is older than 5.17.</exception>
    /// <exception cref="BpfException">There is no such interface, or the kernel refused.</exception>
    public static HttpMetricsProgram AttachPackets(string interfaceName, HttpMetricsOptions? options, out SocketFilterLink link)
    {
        ArgumentException.ThrowIfNullOrEmpty(interfaceName);
        Spec spec = ReadSpec(BpfProgramType.SocketFilter);
        NetworkInterfaceType? type = NetworkInterface.GetAllNetworkInterfaces().FirstOrDefault(there => there.Name == interfaceName)?.NetworkInterfaceType;
        spec.OutgoingOnly = type == NetworkInterfaceType.Loopback ? (byte)1 : (byte)0;
        spec.HasEthernet = type is NetworkInterfaceType.Unknown or NetworkInterfaceType.Tunnel or NetworkInterfaceType.Ppp ? (byte)0 : (byte)1;
        options ??= new HttpMetricsOptions();
        spec.Connections.MaxEntries = (uint)options.MaxConnections;
        HttpMetricsProgram program = Load(spec, options, BpfProgramType.SocketFilter);
        try
        {
            link = program.HttpPackets.AttachSocketFilter(interfaceName);
            return program;
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <summary>Loads the programs that count in what processes read and write, and attaches them: to all processes of the machine.</summary>
    /// <param name="options">What is counted, and how much is kept; the defaults when <see langword="null"/>.</param>
    /// <param name="links">The links. Disposing them ends the counting, and so does the end of the process.</param>
    /// <returns>The loaded programs.</returns>
    /// <exception cref="BpfNotSupportedException">The kernel is older than 5.17, or tracefs is neither mounted nor can be by this process.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public static HttpMetricsProgram AttachSystemCalls(HttpMetricsOptions? options, out BpfLinkCollection links)
    {
        options ??= new HttpMetricsOptions();
        BpfProgramType type = !options.UseSystemCallTracepoints && HasSocketTracepoints(options) ? BpfProgramType.Tracing : BpfProgramType.Tracepoint;
        Spec spec = ReadSpec(type);
        if (type == BpfProgramType.Tracing)
        {
            spec.Object.Programs.FirstOf(spec.HttpSending.Name, spec.HttpSendingFentry.Name);
        }

        spec.Sockets.MaxEntries = (uint)options.MaxConnections;
        spec.CountClients = options.CountClients ? (byte)1 : (byte)0;
        HttpMetricsProgram program = Load(spec, options, type);
        try
        {
            links = program.AttachAll();
            return program;
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <summary>What was counted for each client and port, in no particular order.</summary>
    public IReadOnlyList<HttpServiceCounters> ReadServices()
    {
        List<HttpServiceCounters> services = new(ReadAhead);
        foreach (BpfPerCpuEntry<HttpService, HttpCounters> entry in Services)
        {
            services.Add(new HttpServiceCounters(entry.Key, entry.Sum()));
        }

        return services;
    }

    /// <summary>What was counted in all. Nothing of it is lost when connections and services make room for others.</summary>
    public HttpTotals ReadTotals() => Totals.Sum(0);

    /// <summary>How many connections are followed just now.</summary>
    public int CountConnections() => Connections.Count + Sockets.Count;

    /// <summary>How many ends of connections are remembered just now, so that a packet that is sent again afterwards counts for nothing.</summary>
    public int CountClosedConnections() => ClosedConnections.Count;

    /// <summary>What was counted since the load. While packets come and go nothing is shown as evicted that was not.</summary>
    public HttpMetricsReading Read()
    {
        // What was added first, then what is there, then what was removed: what changes meanwhile makes evictions fewer, never more.
        HttpTotals before = ReadTotals();
        IReadOnlyList<HttpServiceCounters> services = ReadServices();
        int connections = CountConnections();
        int closed = CountClosedConnections();
        HttpTotals after = ReadTotals();
        return new HttpMetricsReading(
            services,
            after,
            Evicted(before.ConnectionsAdded, after.ConnectionsRemoved, connections),
            Evicted(before.ServicesAdded, 0, services.Count),
            Evicted(before.ClosedAdded, after.ClosedRemoved, closed));
    }

    private static long Evicted(ulong added, ulong removed, int present) => Math.Max(0, (long)(added - removed) - present);

    /// <summary>One set of programs is loaded, those of a type, and the maps of the others are as small as can be.</summary>
    private static Spec ReadSpec(BpfProgramType type)
    {
        Spec spec = ReadSpec();
        bool isOfPackets = type == BpfProgramType.SocketFilter;
        foreach (BpfProgramSpec program in spec.Object.Programs)
        {
            program.AutoLoad = program.Type == type || (!isOfPackets && program.Type == BpfProgramType.RawTracepoint); // the end of a socket
        }

        foreach (BpfMapSpec map in isOfPackets ? (BpfMapSpec[])[spec.Sockets] : [spec.Connections, spec.ClosedConnections])
        {
            map.MaxEntries = 1;
        }

        return spec;
    }

    /// <summary>
    /// Whether the kernel tells of what sockets send and receive: all of it, which it does since sendfile is no longer a matter of its own (proto_ops.sendpage, until 6.5).
    /// </summary>
    private static bool HasSocketTracepoints(HttpMetricsOptions options)
    {
        if (!KernelFeatures.HasAttachType(BpfAttachType.TraceRawTp).IsPresent)
        {
            return false;
        }

        BtfSpec types = (options.Load?.KernelBtf ?? KernelBtf.OpenRunning()).Vmlinux;
        return types.TryFind<BtfTypedef>("btf_trace_sock_recv_length", out _)
            && types.TryFind<BtfTypedef>("btf_trace_sock_send_length", out _)
            && (types.TryFind<BtfTypedef>("btf_trace_tcp_sendmsg_locked", out _) || KernelFeatures.HasAttachType(BpfAttachType.TraceFentry).IsPresent)
            && types.TryFind("proto_ops", out BtfStruct? operations)
            && !types.TryFindField(operations.Id, "sendpage", out _);
    }

    private static HttpMetricsProgram Load(Spec spec, HttpMetricsOptions options, BpfProgramType type)
    {
        // Said before the kernel refuses one of the maps or programs for a reason that tells less.
        if (KernelFeatures.HasHelper(type, BpfHelper.Loop).IsMissing)
        {
            throw new BpfNotSupportedException("Counting HTTP", "the kernel's BPF programs have no loops over as many bytes as come (bpf_loop)", new Version(5, 17));
        }

        spec.Services.MaxEntries = (uint)options.MaxServices;
        spec.OnlyPorts = options.Ports.Count > 0 ? (byte)1 : (byte)0;
        HttpMetricsProgram program = Load(spec, options.Load);
        try
        {
            foreach (ushort port in options.Ports)
            {
                program.Ports[port / 64] |= 1ul << (port % 64);
            }

            return program;
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }
}

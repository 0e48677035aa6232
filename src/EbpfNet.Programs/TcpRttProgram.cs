using System.Net;
using System.Net.Sockets;

namespace EbpfNet.Programs;

/// <summary>
/// The programs <c>tcp_rtt</c>, of which one is loaded: reports each TCP connection that was established and is closed, of every network namespace, with its smoothed
/// round-trip time, its bytes and its retransmits. Those are reported whose local address is in a list of IPv4 and IPv6 addresses and prefixes.
/// </summary>
/// <remarks>
/// <para>
/// <c>tcp_close_fentry</c> is taken where the kernel has it, else <c>tcp_close_tp_btf</c>: <see cref="Choice"/> tells which and why. The spec's <c>All</c> and
/// <c>Either</c> say whether the list matters, and whether the remote address counts, too; they are constants from then on.
/// </para>
/// <para>
/// The list may be changed while the program is attached; a change is in force when the call returns. All members may be called from several threads. Needs Linux 5.9
/// with BTF, and root, or CAP_BPF and CAP_PERFMON. Loading throws <see cref="InvalidOperationException"/> where a map of the list is pinned and holds networks already.
/// </para>
/// </remarks>
public sealed partial class TcpRttProgram
{
    private readonly Lock _lock = new();
    private readonly HashSet<IPNetwork> _networks = [];
    private BpfLpmTrie<Ipv4LpmKey, byte> _ipv4 = null!; // Both from OnLoaded on.
    private BpfLpmTrie<Ipv6LpmKey, byte> _ipv6 = null!;

    /// <summary>Which of the two programs was taken, and why not the one before it.</summary>
    public BpfProgramChoice Choice => Object.Choices[0];

    /// <summary>The list, in no particular order: a copy of the moment.</summary>
    /// <remarks>IPv4-mapped IPv6 networks are among them as the IPv4 networks that they are, and addresses without scope ids.</remarks>
    public IReadOnlyCollection<IPNetwork> Networks
    {
        get
        {
            lock (_lock)
            {
                return [.. _networks];
            }
        }
    }

    /// <summary>Attaches the program that was taken.</summary>
    /// <returns>The link. Disposing it detaches the program, and so does the end of the process.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfLink Attach() => Object.Programs[Choice.Taken].Attach();

    /// <summary>Adds an address or a prefix to the list: <c>0.0.0.0/0</c> is all of IPv4, <c>::/0</c> all of IPv6.</summary>
    /// <param name="network">IPv4 or IPv6, of any length.</param>
    /// <returns>Whether it was added; false when this very network was there.</returns>
    /// <exception cref="InvalidOperationException">There are as many as the map of the family has room for.</exception>
    /// <exception cref="BpfSyscallException">The kernel has no memory for it.</exception>
    public bool Add(IPNetwork network)
    {
        network = NetworkForm.Normalize(network);
        lock (_lock)
        {
            if (_networks.Contains(network))
            {
                return false;
            }

            try
            {
                if (IsIPv4(network))
                {
                    _ipv4.Set(network, 1);
                }
                else
                {
                    _ipv6.Set(network, 1);
                }
            }
            catch (BpfSyscallException e) when (e.Error == BpfErrno.ENOSPC)
            {
                throw new InvalidOperationException($"{network} cannot be added: there are as many of its kind as the program was loaded for.", e);
            }

            return _networks.Add(network);
        }
    }

    /// <summary>Removes an address or a prefix from the list. Those around or within it stay.</summary>
    /// <param name="network">The network, exactly as it was added.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(IPNetwork network)
    {
        network = NetworkForm.Normalize(network);
        lock (_lock)
        {
            return _networks.Remove(network) && (IsIPv4(network) ? _ipv4.Remove(network) : _ipv6.Remove(network));
        }
    }

    static partial void OnSpecRead(Spec spec) => spec.Object.Programs.FirstOf(spec.TcpCloseFentry.Name, spec.TcpCloseTpBtf.Name);

    partial void OnLoaded()
    {
        _ipv4 = new BpfLpmTrie<Ipv4LpmKey, byte>(Ipv4Networks.Map);
        _ipv6 = new BpfLpmTrie<Ipv6LpmKey, byte>(Ipv6Networks.Map);

        // Pinned maps may hold networks of another process.
        KeptMap.RequireEmpty(_ipv4.Map, _ipv4.Count);
        KeptMap.RequireEmpty(_ipv6.Map, _ipv6.Count);
    }

    private static bool IsIPv4(IPNetwork network) => network.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
}

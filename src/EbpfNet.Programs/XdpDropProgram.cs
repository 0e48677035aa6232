using System.Net;
using System.Net.Sockets;

namespace EbpfNet.Programs;

/// <summary>
/// The XDP program <c>xdp_drop</c>: drops packets whose source address is on a blocklist of IPv4 and IPv6 addresses and prefixes, before the kernel
/// spends anything on them, and counts what it drops and passes. VLAN tags are looked through.
/// </summary>
/// <remarks>
/// The blocklist may be changed while the program is attached; a change is in force when the call returns. Where rules overlap, the longest counts.
/// All members may be called from several threads. Needs Linux 5.3 and root, or CAP_BPF and CAP_NET_ADMIN.
/// The list of rules is kept here, and not read from the maps: loading throws <see cref="InvalidOperationException"/> where one of their maps is pinned and holds some already.
/// </remarks>
public sealed partial class XdpDropProgram
{
    private readonly Lock _lock = new();
    private XdpDropRuleTable _rules = null!; // Both from OnLoaded on.
    private XdpDropBlocklist _blocklist = null!;

    // What rules dropped whose ids serve other rules now.
    private XdpDropCounters _retired;

    private bool _disposed;

    // The program's own slots of map `counters`; the order is that of enum xdp_drop_counter.
    private enum Slot
    {
        Passed,
        NotIp,
        Truncated,
    }

    /// <summary>What is blocked, in no particular order: a copy of the moment.</summary>
    /// <remarks>IPv4-mapped IPv6 networks are among them as the IPv4 networks that they are, and addresses without scope ids.</remarks>
    public IReadOnlyCollection<IPNetwork> Rules
    {
        get
        {
            lock (_lock)
            {
                return [.. _rules.Rules.Keys];
            }
        }
    }

    /// <summary>Loads the program for a number of rules, with an empty blocklist. It sees packets once it is attached.</summary>
    /// <param name="options">How.</param>
    /// <returns>The loaded program. Disposing it closes it.</returns>
    /// <exception cref="BpfException">The kernel refused, for example because this process may not load programs.</exception>
    public static XdpDropProgram Load(XdpDropOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Spec spec = ReadSpec();
        SetSizes(spec, (uint)options.MaxRules);
        return Load(spec, options.Load);
    }

    /// <summary>Attaches the program to an interface of the calling thread's network namespace.</summary>
    /// <param name="interfaceName">The interface, for example <c>eth0</c>.</param>
    /// <param name="mode">Where the program runs.</param>
    /// <returns>The link. Disposing it detaches the program, and so does the end of the process.</returns>
    /// <exception cref="BpfException">There is no such interface, another program is attached to it, or it does not support the mode.</exception>
    public XdpLink Attach(string interfaceName, XdpMode mode = XdpMode.Auto) => XdpDrop.AttachXdp(interfaceName, mode);

    /// <summary>Blocks an address.</summary>
    /// <param name="address">IPv4 or IPv6.</param>
    /// <returns>Whether it was added; false when this very rule was there.</returns>
    /// <exception cref="InvalidOperationException">There are as many rules as fit.</exception>
    public bool Block(IPAddress address) => Block(AsNetwork(address));

    /// <summary>Blocks all addresses of a network. Networks may overlap: the longest that covers an address counts its packets.</summary>
    /// <param name="network">IPv4 or IPv6, of any length.</param>
    /// <returns>Whether it was added; false when this very rule was there.</returns>
    /// <exception cref="InvalidOperationException">There are as many rules as fit.</exception>
    /// <exception cref="BpfSyscallException">The kernel has no memory for the rule.</exception>
    public bool Block(IPNetwork network)
    {
        network = NetworkForm.Normalize(network);
        lock (_lock)
        {
            ThrowIfDisposed();
            if (_rules.Rules.ContainsKey(network))
            {
                return false;
            }

            if (_rules.IsFull)
            {
                throw new InvalidOperationException($"{network} cannot be blocked: there are {_rules.Rules.Count} rules, as many as the program was loaded for. Load it with a larger {nameof(XdpDropOptions.MaxRules)}.");
            }

            uint id = _rules.Add(network);
            try
            {
                _retired += Counters.Sum((int)id);
                Counters.WriteAll((int)id, default);
                _blocklist.Add(network, new XdpDropRule { Id = id });
            }
            catch
            {
                _rules.Remove(network);
                throw;
            }

            return true;
        }
    }

    /// <summary>Takes an address off the blocklist. A rule for a network around it stays.</summary>
    /// <param name="address">IPv4 or IPv6.</param>
    /// <returns>Whether there was such a rule.</returns>
    public bool Unblock(IPAddress address) => Unblock(AsNetwork(address));

    /// <summary>Takes a network off the blocklist. Rules for other networks around or within it stay.</summary>
    /// <param name="network">The network, exactly as it was blocked.</param>
    /// <returns>Whether there was such a rule.</returns>
    public bool Unblock(IPNetwork network)
    {
        network = NetworkForm.Normalize(network);
        lock (_lock)
        {
            ThrowIfDisposed();
            if (!_rules.Rules.ContainsKey(network))
            {
                return false;
            }

            _blocklist.Remove(network);
            _rules.Remove(network);
            return true;
        }
    }

    /// <summary>What a rule dropped since it was added, on all CPUs.</summary>
    /// <param name="network">The network, exactly as it was blocked.</param>
    /// <exception cref="KeyNotFoundException">There is no such rule.</exception>
    public XdpDropCounters ReadCounters(IPNetwork network)
    {
        network = NetworkForm.Normalize(network);
        lock (_lock)
        {
            ThrowIfDisposed();
            return _rules.Rules.TryGetValue(network, out uint id)
                ? Counters.Sum((int)id)
                : throw new KeyNotFoundException($"{network} is not on the blocklist.");
        }
    }

    /// <summary>All rules and what each dropped since it was added, in no particular order.</summary>
    public IReadOnlyList<XdpDropRuleCounters> ReadRules()
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            return [.. _rules.Rules.Select(rule => new XdpDropRuleCounters(rule.Key, Counters.Sum((int)rule.Value)))];
        }
    }

    /// <summary>All that passed, since the program was loaded: what no rule covers, what is not IP, and what is too short to tell.</summary>
    public XdpDropCounters ReadPassed()
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            return ReadSlot(Slot.Passed) + ReadSlot(Slot.NotIp) + ReadSlot(Slot.Truncated);
        }
    }

    /// <summary>All that was counted since the program was loaded. What removed rules dropped is included.</summary>
    /// <remarks>One system call for each id that ever was in use: at most <see cref="XdpDropOptions.MaxRules"/> and a few.</remarks>
    public XdpDropTotals ReadTotals()
    {
        lock (_lock)
        {
            ThrowIfDisposed();
            XdpDropCounters dropped = _retired;
            for (uint id = XdpDropRuleTable.FirstId; id < _rules.EndOfIds; id++)
            {
                dropped += Counters.Sum((int)id);
            }

            return new XdpDropTotals(ReadSlot(Slot.Passed), ReadSlot(Slot.NotIp), ReadSlot(Slot.Truncated), dropped);
        }
    }

    static partial void OnSpecRead(Spec spec) => SetSizes(spec, (uint)new XdpDropOptions().MaxRules);

    private static void SetSizes(Spec spec, uint maxRules)
    {
        spec.Ipv4Rules.MaxEntries = maxRules;
        spec.Ipv6Rules.MaxEntries = maxRules;
        spec.Ipv6LongRules.MaxEntries = maxRules;
        spec.Counters.MaxEntries = XdpDropRuleTable.FirstId + maxRules + XdpDropRuleTable.IdsInWaiting;
    }

    partial void OnLoaded()
    {
        // Pinned maps may hold rules of another process.
        KeptMap.RequireEmpty(Ipv4Rules.Map, Ipv4Rules.Count);
        KeptMap.RequireEmpty(Ipv6Rules.Map, Ipv6Rules.Count);
        KeptMap.RequireEmpty(Ipv6LongRules.Map, Ipv6LongRules.Count);

        // As many as have room in every map, whoever gave them their sizes.
        const uint OtherIds = XdpDropRuleTable.FirstId + XdpDropRuleTable.IdsInWaiting;
        uint ids = Counters.Map.MaxEntries;
        uint[] room = [Ipv4Rules.Map.MaxEntries, Ipv6Rules.Map.MaxEntries, Ipv6LongRules.Map.MaxEntries, ids < OtherIds ? 0 : ids - OtherIds];
        _rules = new XdpDropRuleTable(room.Min());
        _blocklist = new XdpDropBlocklist(this);
    }

    partial void OnDisposing()
    {
        lock (_lock)
        {
            _disposed = true;
        }
    }

    private static IPNetwork AsNetwork(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
    }

    private XdpDropCounters ReadSlot(Slot slot) => Counters.Sum((int)slot);

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);
}

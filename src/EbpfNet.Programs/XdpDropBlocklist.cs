using System.Net;
using System.Net.Sockets;

namespace EbpfNet.Programs;

/// <summary>The maps in which the program looks for rules, kept in step with each other. Not thread-safe.</summary>
internal sealed class XdpDropBlocklist : IDisposable
{
    private readonly XdpDropLengths _lengths = new();
    private readonly BpfHashMap<XdpDropIPv4Rule, XdpDropRule> _ipv4Rules;
    private readonly BpfHashMap<XdpDropIPv6Rule, XdpDropRule> _ipv6Rules;
    private readonly BpfHashMap<XdpDropIPv6LongRule, XdpDropRule> _ipv6LongRules;
    private readonly BpfArray<ulong> _ipv4Lengths;
    private readonly BpfArray<XdpDropIPv6Lengths> _ipv6Lengths;

    internal XdpDropBlocklist(BpfObject loaded)
    {
        _ipv4Rules = new(loaded.Maps["ipv4_rules"]);
        _ipv6Rules = new(loaded.Maps["ipv6_rules"]);
        _ipv6LongRules = new(loaded.Maps["ipv6_long_rules"]);
        _ipv4Lengths = new(loaded.Maps["ipv4_lengths"]);
        _ipv6Lengths = new(loaded.Maps["ipv6_lengths"]);
    }

    /// <summary>Adds a rule that is not there yet: it is in force on return, or nothing was changed when this throws.</summary>
    internal void Add(IPNetwork network, XdpDropRule rule)
    {
        SetRule(network, rule);
        Stack<XdpDropLengths.Place> done = [];
        try
        {
            // After the rule: from here on it is found.
            foreach (XdpDropLengths.Place place in PlacesOf(network))
            {
                ChangeLengths(place, present: true);
                done.Push(place);
            }
        }
        catch
        {
            RemoveRule(network);
            while (done.TryPop(out XdpDropLengths.Place place))
            {
                ChangeLengths(place, present: false);
            }

            throw;
        }
    }

    /// <summary>Removes a rule that is there.</summary>
    internal void Remove(IPNetwork network)
    {
        RemoveRule(network);
        foreach (XdpDropLengths.Place place in PlacesOf(network))
        {
            ChangeLengths(place, present: false);
        }
    }

    /// <summary>Gives up the views; the maps are the object's.</summary>
    public void Dispose()
    {
        _ipv4Rules.Dispose();
        _ipv6Rules.Dispose();
        _ipv6LongRules.Dispose();
        _ipv4Lengths.Dispose();
        _ipv6Lengths.Dispose();
    }

    private static bool IsIPv4(IPNetwork network) => network.BaseAddress.AddressFamily == AddressFamily.InterNetwork;

    private static IEnumerable<XdpDropLengths.Place> PlacesOf(IPNetwork network) => IsIPv4(network)
        ? XdpDropLengths.Of(XdpDropIPv4Rule.From(network), network.PrefixLength)
        : XdpDropLengths.Of(IPv6Halves.Of(network).High, network.PrefixLength);

    private static ulong With(ulong set, ulong bit, bool present) => present ? set | bit : set & ~bit;

    private void SetRule(IPNetwork network, XdpDropRule rule)
    {
        if (IsIPv4(network))
        {
            _ipv4Rules.Set(XdpDropIPv4Rule.From(network), rule);
        }
        else if (network.PrefixLength <= 64)
        {
            _ipv6Rules.Set(XdpDropIPv6Rule.From(network), rule);
        }
        else
        {
            _ipv6LongRules.Set(XdpDropIPv6LongRule.From(network), rule);
        }
    }

    private void RemoveRule(IPNetwork network)
    {
        if (IsIPv4(network))
        {
            _ipv4Rules.Remove(XdpDropIPv4Rule.From(network));
        }
        else if (network.PrefixLength <= 64)
        {
            _ipv6Rules.Remove(XdpDropIPv6Rule.From(network));
        }
        else
        {
            _ipv6LongRules.Remove(XdpDropIPv6LongRule.From(network));
        }
    }

    private void ChangeLengths(XdpDropLengths.Place place, bool present)
    {
        if (!(present ? _lengths.Add(place) : _lengths.Remove(place)))
        {
            return; // other rules have that length there too
        }

        int slot = (int)place.Slot;
        if (!place.IsIPv6)
        {
            _ipv4Lengths.Read(slot, out ulong lengths);
            _ipv4Lengths.Write(slot, With(lengths, place.Bit, present));
            return;
        }

        _ipv6Lengths.Read(slot, out XdpDropIPv6Lengths both);
        if (place.IsAbove64)
        {
            both.Above64 = With(both.Above64, place.Bit, present);
        }
        else
        {
            both.UpTo64 = With(both.UpTo64, place.Bit, present);
        }

        _ipv6Lengths.Write(slot, both);
    }
}

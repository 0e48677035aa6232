using System.Net;
using System.Net.Sockets;
using static EbpfNet.Programs.XdpDropProgram;

namespace EbpfNet.Programs;

/// <summary>The maps in which the program looks for rules, kept in step with each other. Not thread-safe.</summary>
internal sealed class XdpDropBlocklist(XdpDropProgram program)
{
    private readonly XdpDropLengths _lengths = new();
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

    private static bool IsIPv4(IPNetwork network) => network.BaseAddress.AddressFamily == AddressFamily.InterNetwork;

    private static IEnumerable<XdpDropLengths.Place> PlacesOf(IPNetwork network) => IsIPv4(network)
        ? XdpDropLengths.Of(XdpDropIpv4Rule.From(network), network.PrefixLength)
        : XdpDropLengths.Of(IPv6Halves.Of(network).High, network.PrefixLength);

    private static ulong With(ulong set, ulong bit, bool present) => present ? set | bit : set & ~bit;

    private void SetRule(IPNetwork network, XdpDropRule rule)
    {
        if (IsIPv4(network))
        {
            program.Ipv4Rules.Set(XdpDropIpv4Rule.From(network), rule);
        }
        else if (network.PrefixLength <= 64)
        {
            program.Ipv6Rules.Set(XdpDropIpv6Rule.From(network), rule);
        }
        else
        {
            program.Ipv6LongRules.Set(XdpDropIpv6LongRule.From(network), rule);
        }
    }

    private void RemoveRule(IPNetwork network)
    {
        if (IsIPv4(network))
        {
            program.Ipv4Rules.Remove(XdpDropIpv4Rule.From(network));
        }
        else if (network.PrefixLength <= 64)
        {
            program.Ipv6Rules.Remove(XdpDropIpv6Rule.From(network));
        }
        else
        {
            program.Ipv6LongRules.Remove(XdpDropIpv6LongRule.From(network));
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
            program.Ipv4Lengths.Read(slot, out ulong lengths);
            program.Ipv4Lengths.Write(slot, With(lengths, place.Bit, present));
            return;
        }

        program.Ipv6Lengths.Read(slot, out XdpDropIpv6Lengths both);
        if (place.IsAbove64)
        {
            both.Above64 = With(both.Above64, place.Bit, present);
        }
        else
        {
            both.UpTo64 = With(both.UpTo64, place.Bit, present);
        }

        program.Ipv6Lengths.Write(slot, both);
    }
}

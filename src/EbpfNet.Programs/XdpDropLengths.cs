using static EbpfNet.Programs.XdpDropProgram;

namespace EbpfNet.Programs;

/// <summary>
/// Where in the program's tables of prefix lengths the length of a rule stands, and how many rules need it there. The tables tell the program
/// which lengths are worth a lookup for an address; <c>bpf/xdp_drop.bpf.c</c> has the other half of this contract. Not thread-safe.
/// </summary>
internal sealed class XdpDropLengths
{
    private const int SlotBits = 16;

    /// <summary>The slots of each table.</summary>
    internal const int Slots = 1 << SlotBits;

    private readonly Dictionary<Place, int> _users = [];

    /// <summary>A length in a table.</summary>
    /// <param name="IsIPv6">Whether it is in <c>ipv6_lengths</c>.</param>
    /// <param name="IsAbove64">Whether it is in the lower half of that one's values.</param>
    /// <param name="Slot">The index in the table.</param>
    /// <param name="Bit">The bit in the value, as a number with this one bit set.</param>
    internal readonly record struct Place(bool IsIPv6, bool IsAbove64, uint Slot, ulong Bit);

    /// <summary>The places of an IPv4 rule's length: several when the rule is shorter than the bits that are hashed.</summary>
    internal static IEnumerable<Place> Of(XdpDropIpv4Rule rule, int length)
    {
        int hashedBits = length switch { < 12 => 8, < 16 => 12, < 20 => 16, < 24 => 20, _ => 24 };
        ulong bit = 1ul << (32 - length);
        uint leading = rule.Network & (uint.MaxValue << (32 - hashedBits));
        for (uint i = 0; i < Networks(length, hashedBits); i++)
        {
            yield return new Place(IsIPv6: false, IsAbove64: false, (leading + (i << (32 - hashedBits))) * 0x9e3779b9u >> (32 - SlotBits), bit);
        }
    }

    /// <summary>The places of an IPv6 rule's length.</summary>
    /// <param name="high">The upper half of the network's address.</param>
    /// <param name="length">The length, 0 to 128.</param>
    internal static IEnumerable<Place> Of(ulong high, int length)
    {
        int hashedBits = length switch { < 20 => 12, < 29 => 20, < 32 => 29, < 48 => 32, < 64 => 48, _ => 64 };
        (bool isAbove64, ulong bit) = length switch
        {
            0 => (true, 1ul),
            <= 64 => (false, 1ul << (64 - length)),
            _ => (true, 1ul << (128 - length)),
        };
        ulong leading = high & (ulong.MaxValue << (64 - hashedBits));
        for (uint i = 0; i < Networks(length, hashedBits); i++)
        {
            yield return new Place(IsIPv6: true, isAbove64, (uint)((leading + ((ulong)i << (64 - hashedBits))) * 0x9e3779b97f4a7c15ul >> (64 - SlotBits)), bit);
        }
    }

    /// <summary>Counts a rule that is there now; true when its length was not in the table before.</summary>
    internal bool Add(Place place)
    {
        int users = _users.GetValueOrDefault(place) + 1;
        _users[place] = users;
        return users == 1;
    }

    /// <summary>Counts a rule that is gone; true when no other needs the length there.</summary>
    internal bool Remove(Place place)
    {
        int users = _users[place] - 1;
        if (users > 0)
        {
            _users[place] = users;
            return false;
        }

        return _users.Remove(place);
    }

    private static int Networks(int length, int hashedBits) => 1 << Math.Max(0, hashedBits - length);
}

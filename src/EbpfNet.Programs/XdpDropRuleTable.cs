using System.Net;

namespace EbpfNet.Programs;

/// <summary>Which rules there are, and which ids they have. Not thread-safe.</summary>
/// <remarks>
/// An id that was given back waits until as many others were given back after it: a program that was running while its rule went away has
/// long ended when the id serves another rule, so that no packet is counted for the wrong one.
/// </remarks>
internal sealed class XdpDropRuleTable
{
    /// <summary>The first id that is a rule's; what is below counts packets that no rule covers.</summary>
    internal const uint FirstId = 3;

    /// <summary>How many ids wait before one is taken up again; the array of counters has room for them besides the rules'.</summary>
    internal const int IdsInWaiting = 64;

    private readonly Dictionary<IPNetwork, uint> _ids = [];
    private readonly Queue<uint> _givenBack = [];
    private readonly uint _capacity;

    /// <param name="capacity">How many rules there may be at a time.</param>
    internal XdpDropRuleTable(uint capacity) => _capacity = capacity;

    /// <summary>The rules, in no particular order.</summary>
    internal IReadOnlyDictionary<IPNetwork, uint> Rules => _ids;

    /// <summary>One more than the highest id that ever was in use.</summary>
    internal uint EndOfIds { get; private set; } = FirstId;

    internal bool IsFull => _ids.Count >= _capacity;

    /// <summary>Adds a rule that is not there yet, to a table that is not full, and gives it an id below <c>FirstId + capacity + IdsInWaiting</c>.</summary>
    internal uint Add(IPNetwork network)
    {
        uint id = _givenBack.Count > IdsInWaiting ? _givenBack.Dequeue() : EndOfIds++;
        _ids.Add(network, id);
        return id;
    }

    /// <summary>Removes a rule and gives its id back.</summary>
    internal void Remove(IPNetwork network)
    {
        if (_ids.Remove(network, out uint id))
        {
            _givenBack.Enqueue(id);
        }
    }
}

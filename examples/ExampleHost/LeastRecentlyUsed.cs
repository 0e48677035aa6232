using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ExampleHost;

/// <summary>A dictionary of limited size: a new key takes the place of the one that was longest not used. For what the network feeds. Not thread-safe.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
public sealed class LeastRecentlyUsed<TKey, TValue>
    where TKey : notnull
{
    private const int None = -1;

    private readonly Dictionary<TKey, int> _places = [];
    private readonly int _capacity;
    private Entry[] _entries = [];
    private int _count;
    private int _newest = None;
    private int _oldest = None;

    /// <summary>An empty one.</summary>
    /// <param name="capacity">How many keys it holds at most.</param>
    public LeastRecentlyUsed(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _capacity = capacity;
    }

    /// <summary>How many keys there are.</summary>
    public int Count => _count;

    /// <summary>How many keys had to make room for others.</summary>
    public long Evictions { get; private set; }

    /// <summary>All keys and values, the one used last first.</summary>
    public IEnumerable<KeyValuePair<TKey, TValue>> Entries
    {
        get
        {
            for (int place = _newest; place != None; place = _entries[place].Older)
            {
                yield return new(_entries[place].Key, _entries[place].Value);
            }
        }
    }

    /// <summary>The value of a key, which is used by that; a new key's is the default. The reference is good until the next call.</summary>
    public ref TValue this[TKey key]
    {
        get
        {
            if (_places.TryGetValue(key, out int place))
            {
                Unlink(place);
            }
            else
            {
                place = Take();
                _entries[place].Key = key;
                _places.Add(key, place);
            }

            LinkAsNewest(place);
            return ref _entries[place].Value;
        }
    }

    /// <summary>The value of a key, without using it; a null reference where there is none (<see cref="Unsafe.IsNullRef"/>).</summary>
    public ref TValue Find(TKey key)
    {
        if (_places.TryGetValue(key, out int place))
        {
            return ref _entries[place].Value;
        }

        return ref Unsafe.NullRef<TValue>();
    }

    private int Take()
    {
        if (_count < _capacity)
        {
            if (_count == _entries.Length)
            {
                Array.Resize(ref _entries, Math.Min(Math.Max(16, _count * 2), _capacity));
            }

            return _count++;
        }

        int place = _oldest;
        Unlink(place);
        _places.Remove(_entries[place].Key);
        _entries[place] = default;
        Evictions++;
        return place;
    }

    private void LinkAsNewest(int place)
    {
        _entries[place].Newer = None;
        _entries[place].Older = _newest;
        if (_newest != None)
        {
            _entries[_newest].Newer = place;
        }

        _newest = place;
        _oldest = _oldest == None ? place : _oldest;
    }

    private void Unlink(int place)
    {
        (int newer, int older) = (_entries[place].Newer, _entries[place].Older);
        (newer == None ? ref _newest : ref _entries[newer].Older) = older;
        (older == None ? ref _oldest : ref _entries[older].Newer) = newer;
    }

    [StructLayout(LayoutKind.Auto)]
    private struct Entry
    {
        public TKey Key;
        public TValue Value;
        public int Newer;
        public int Older;
    }
}

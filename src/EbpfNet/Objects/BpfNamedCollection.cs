using System.Collections;
using System.Diagnostics.CodeAnalysis;
using EbpfNet.Objects;

namespace EbpfNet;

/// <summary>The maps, programs or variables of an object, by name and in the object's order.</summary>
/// <typeparam name="T">What is collected.</typeparam>
public class BpfNamedCollection<T> : IReadOnlyCollection<T>
    where T : class
{
    private readonly string _objectName;
    private readonly string _kind;
    private readonly List<T> _items = [];
    private readonly List<string> _names = [];
    private readonly Dictionary<string, T> _byName = new(StringComparer.Ordinal);

    internal BpfNamedCollection(string objectName, string kind)
    {
        _objectName = objectName;
        _kind = kind;
    }

    /// <summary>How many there are.</summary>
    public int Count => _items.Count;

    /// <summary>The names, in the object's order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The one of that name.</summary>
    /// <param name="name">The name as the object has it, compared character by character.</param>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those that exist and suggests the nearest.</exception>
    public T this[string name] => TryGetValue(name, out T? item) ? item : throw new KeyNotFoundException(DescribeMissing(name));

    /// <summary>The one of that name, if there is one.</summary>
    /// <param name="name">The name as the object has it, compared character by character.</param>
    /// <param name="item">The one found.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetValue(string name, [NotNullWhen(true)] out T? item)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _byName.TryGetValue(name, out item);
    }

    /// <summary>Whether there is one of that name.</summary>
    /// <param name="name">The name as the object has it, compared character by character.</param>
    public bool Contains(string name) => TryGetValue(name, out _);

    /// <summary>Enumerates in the object's order.</summary>
    public IEnumerator<T> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>What else may be said about a name that is not here.</summary>
    internal Func<string, string?>? ExplainMissing { get; init; }

    /// <summary>Adds one; false when the name is taken.</summary>
    internal bool TryAdd(string name, T item)
    {
        if (!_byName.TryAdd(name, item))
        {
            return false;
        }

        _items.Add(item);
        _names.Add(name);
        return true;
    }

    private string DescribeMissing(string name)
    {
        if (ExplainMissing?.Invoke(name) is { } reason)
        {
            return reason;
        }

        string which = _objectName.Length == 0 ? "The object" : $"The object '{_objectName}'";
        if (_names.Count == 0)
        {
            return $"{which} has no {_kind} '{name}': it has no {_kind}s at all.";
        }

        string? nearest = NearestName.Find(name, _names);
        string hint = nearest is null ? "" : $" Did you mean '{nearest}'?";
        return $"{which} has no {_kind} '{name}'.{hint} It has: {string.Join(", ", _names)}.";
    }
}

using System.Collections;

namespace EbpfNet;

/// <summary>Links that belong together, in the order in which they were attached. Disposing it detaches them all, the last one first.</summary>
public sealed class BpfLinkCollection : IReadOnlyList<BpfLink>, IDisposable
{
    private readonly BpfLink[] _links;

    internal BpfLinkCollection(IEnumerable<BpfLink> links) => _links = [.. links];

    /// <summary>How many there are.</summary>
    public int Count => _links.Length;

    /// <summary>The link at a position.</summary>
    /// <param name="index">The position, from 0.</param>
    public BpfLink this[int index] => _links[index];

    /// <summary>The links in the order in which they were attached.</summary>
    public IEnumerator<BpfLink> GetEnumerator() => ((IEnumerable<BpfLink>)_links).GetEnumerator();

    /// <summary>Disposes the links, the last one first. Calling it again does nothing.</summary>
    public void Dispose()
    {
        foreach (BpfLink link in Enumerable.Reverse(_links))
        {
            link.Dispose();
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

using System.Collections;
using System.Runtime.CompilerServices;

namespace EbpfNet;

/// <summary>Walks over a map's elements: what <c>foreach</c> uses.</summary>
/// <typeparam name="TKey">The type of the keys.</typeparam>
/// <typeparam name="TValue">The type of the values.</typeparam>
/// <remarks>
/// Reads in batches (<c>BPF_MAP_LOOKUP_BATCH</c>, Linux 5.6), else key by key. The map may change meanwhile: what is added or removed during the walk may
/// or may not be seen, what is there all the time is seen once, and the walk ends. Key by key, the kernel may pass over elements of a hash table where others
/// take out the key that it goes on from, and use it again elsewhere at that moment. Not for use by several threads at once.
/// </remarks>
public readonly struct BpfMapEnumerator<TKey, TValue> : IEnumerator<KeyValuePair<TKey, TValue>>
    where TKey : unmanaged
    where TValue : unmanaged
{
    private readonly MapWalk _walk;

    internal BpfMapEnumerator(MapWalk walk) => _walk = walk;

    /// <summary>The element.</summary>
    /// <exception cref="InvalidOperationException">The walk has not begun, or has ended.</exception>
    public KeyValuePair<TKey, TValue> Current
    {
        get
        {
            MapCursor cursor = _walk.Element;
            return new(Unsafe.ReadUnaligned<TKey>(ref cursor.Key), Unsafe.ReadUnaligned<TValue>(ref cursor.ValueStart));
        }
    }

    object IEnumerator.Current => Current;

    /// <summary>Goes to the next element.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    /// <exception cref="InvalidOperationException">Elements were removed so fast that no progress could be made (kernels without batches, and tries).</exception>
    public bool MoveNext() => _walk.MoveNext();

    /// <summary>Not supported.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    void IEnumerator.Reset() => throw new NotSupportedException();

    /// <summary>Gives the memory of the walk back. Calling it again does nothing.</summary>
    public void Dispose() => _walk.Dispose();
}

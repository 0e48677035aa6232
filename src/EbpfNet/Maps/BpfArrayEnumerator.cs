using System.Collections;
using System.Runtime.CompilerServices;

namespace EbpfNet;

/// <summary>Walks over an array's elements in the order of their indices: what <c>foreach</c> uses. Not for use by several threads at once.</summary>
/// <typeparam name="T">The type of the elements.</typeparam>
public readonly struct BpfArrayEnumerator<T> : IEnumerator<T>
    where T : unmanaged
{
    private readonly MapWalk _walk;

    internal BpfArrayEnumerator(MapWalk walk) => _walk = walk;

    /// <summary>The element.</summary>
    /// <exception cref="InvalidOperationException">The walk has not begun, or has ended.</exception>
    public T Current
    {
        get
        {
            MapCursor cursor = _walk.Element;
            return Unsafe.ReadUnaligned<T>(ref cursor.ValueStart);
        }
    }

    object IEnumerator.Current => Current;

    /// <summary>Goes to the next element.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    public bool MoveNext() => _walk.MoveNext();

    /// <summary>Not supported.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    void IEnumerator.Reset() => throw new NotSupportedException();

    /// <summary>Gives the memory of the walk back. Calling it again does nothing.</summary>
    public void Dispose() => _walk.Dispose();
}

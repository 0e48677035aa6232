using System.Diagnostics.CodeAnalysis;

namespace EbpfNet;

/// <summary>
/// Lets one reader in at a time, and keeps what it reads in place until it has left, whoever closes the gate meanwhile: closing and leaving agree
/// on which of them is last and gives the memory back.
/// </summary>
internal struct ReaderGate
{
    private const int Reading = 1;
    private const int Closed = 2;

    private int _state;

    /// <summary>Whether nobody is let in any more, and who is in should leave.</summary>
    public readonly bool IsClosed => (Volatile.Read(in _state) & Closed) != 0;

    /// <returns>Whether the caller is in. Else the gate is closed, or somebody is in.</returns>
    public bool TryEnter() => Interlocked.CompareExchange(ref _state, Reading, 0) == 0;

    /// <exception cref="ObjectDisposedException">The gate is closed.</exception>
    /// <exception cref="InvalidOperationException">Somebody is in.</exception>
    public void Enter(object what)
    {
        int state = Interlocked.CompareExchange(ref _state, Reading, 0);
        if (state != 0)
        {
            ThrowRefused(state, what);
        }
    }

    /// <returns>Whether the gate was closed meanwhile, so that the caller, as the last one, gives back what it protects.</returns>
    public bool Leave() => (Interlocked.And(ref _state, ~Reading) & Closed) != 0;

    /// <returns>Whether nobody is in and it was open, so that the caller gives back what it protects; else the reader does when it leaves.</returns>
    public bool Close() => Interlocked.Or(ref _state, Closed) == 0;

    [DoesNotReturn]
    private static void ThrowRefused(int state, object what) => throw ((state & Closed) != 0
        ? new ObjectDisposedException(what.ToString(), $"The {what} was disposed.")
        : new InvalidOperationException($"Somebody is reading the {what} already. One reader at a time: end that one first (a pipe by Complete, an asynchronous enumeration by leaving its loop)."));
}

using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace EbpfNet;

/// <summary>What readers of all kinds of buffers share: one reads at a time, counts what it reads, and the memory goes with whoever is last.</summary>
internal abstract class RecordReader
{
    /// <summary>Space is given back at least every so many records, or every eighth of the ring.</summary>
    public const int PublishRecords = 256;
    public const int PublishFraction = 8;

    private readonly Action _release;
    private Action? _closing;
    private volatile bool _isReleased;
    private ReaderGate _gate;
    private long _consumed;

    /// <param name="name">As messages call it: "ring buffer 'events'".</param>
    /// <param name="drainsOnClose">Whether a reader that is in when the buffer is closed reads on to the end of what was there then.</param>
    /// <param name="release">Gives the memory back; called once, by whoever is last.</param>
    protected RecordReader(string name, bool drainsOnClose, Action release)
    {
        Name = name;
        DrainsOnClose = drainsOnClose;
        _release = release;
    }

    public string Name { get; }

    public long Consumed => Volatile.Read(ref _consumed);

    /// <summary>Whether the memory was given back.</summary>
    public bool IsReleased => _isReleased;

    /// <summary>Whether the buffer was closed: readers that wait end, and so do those that read, unless they drain.</summary>
    public bool IsClosed => _gate.IsClosed;

    public bool DrainsOnClose { get; }

    /// <summary>Called when the buffer is closed, by whoever closes it; set by who waits for several buffers.</summary>
    public Action? Closing
    {
        get => Volatile.Read(ref _closing);
        set => Volatile.Write(ref _closing, value);
    }

    /// <summary>Whether the record that is being handled is to be the last.</summary>
    public bool IsToStop => _gate.IsClosed && !DrainsOnClose;

    /// <exception cref="ObjectDisposedException">The buffer was closed.</exception>
    /// <exception cref="InvalidOperationException">Somebody reads already.</exception>
    public void Enter() => _gate.Enter(this);

    /// <returns>Whether the caller is in; else somebody reads.</returns>
    /// <exception cref="ObjectDisposedException">The buffer was closed.</exception>
    public bool TryEnter()
    {
        if (_gate.TryEnter())
        {
            return true;
        }

        if (IsClosed)
        {
            Enter(); // Says what was disposed.
        }

        return false;
    }

    public void Leave()
    {
        if (_gate.Leave())
        {
            Release();
        }
    }

    public void Close()
    {
        if (_gate.Close())
        {
            Release();
        }

        Closing?.Invoke();
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void ThrowImpossible() => throw new InvalidOperationException(
        $"The {Name} holds something that no kernel writes. Another process, or another reader of this one, reads it too and gives space back that is being read here: such a buffer has one reader.");

    public override string ToString() => Name;

    /// <summary>The reader's own.</summary>
    public void CountConsumed(int records) => Volatile.Write(ref _consumed, _consumed + records);

    private void Release()
    {
        _isReleased = true;
        _release();
    }
}

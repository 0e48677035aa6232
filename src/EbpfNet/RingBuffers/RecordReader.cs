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
    private readonly ReaderClaim? _claim;
    private Action? _rouse;
    private volatile bool _isReleased;
    private ReaderGate _gate;
    private long _consumed;

    /// <param name="name">As messages call it: "ring buffer 'events'".</param>
    /// <param name="drainsOnClose">Whether a reader that is in when the buffer is closed reads on to the end of what was there then.</param>
    /// <param name="release">Gives the memory back; called once, by whoever is last.</param>
    /// <param name="claim">Of the map, where several of these may stand for one; <see langword="null"/> where the memory is this one's alone.</param>
    protected RecordReader(string name, bool drainsOnClose, Action release, ReaderClaim? claim = null)
    {
        Name = name;
        DrainsOnClose = drainsOnClose;
        _release = release;
        _claim = claim;
    }

    public string Name { get; }

    public long Consumed => Volatile.Read(ref _consumed);

    /// <summary>Whether the memory was given back.</summary>
    public bool IsReleased => _isReleased;

    /// <summary>Whether the buffer was closed: readers that wait end, and so do those that read, unless they drain.</summary>
    public bool IsClosed => _gate.IsClosed;

    public bool DrainsOnClose { get; }

    /// <summary>Makes who waits for several buffers look up, when this one is closed or wants something else; set by them.</summary>
    public Action? Rouse
    {
        get => Volatile.Read(ref _rouse);
        set => Volatile.Write(ref _rouse, value);
    }

    /// <summary>Whether the record that is being handled is to be the last.</summary>
    public bool IsToStop => _gate.IsClosed && !DrainsOnClose;

    /// <exception cref="ObjectDisposedException">The buffer was closed.</exception>
    /// <exception cref="InvalidOperationException">Somebody reads already.</exception>
    public void Enter()
    {
        _gate.Enter(this);
        if (_claim?.TryTake() == false)
        {
            LeaveGate();
            throw new InvalidOperationException($"Another object that stands for the same map reads the {Name} already. One reader at a time: share one object, or end that reader first.");
        }
    }

    /// <returns>Whether the caller is in; else somebody reads.</returns>
    /// <exception cref="ObjectDisposedException">The buffer was closed.</exception>
    public bool TryEnter()
    {
        if (!_gate.TryEnter())
        {
            return !IsClosed ? false : throw new ObjectDisposedException(Name, $"The {Name} was disposed.");
        }

        if (_claim?.TryTake() == false)
        {
            LeaveGate();
            return false;
        }

        return true;
    }

    public void Leave()
    {
        _claim?.GiveBack();
        LeaveGate();
    }

    public void Close()
    {
        if (_gate.Close())
        {
            Release();
        }

        Rouse?.Invoke();
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public void ThrowImpossible() => throw new InvalidOperationException(
        $"The {Name} holds something that no kernel writes. Another process, or another reader of this one, reads it too and gives space back that is being read here: such a buffer has one reader.");

    public override string ToString() => Name;

    /// <summary>The reader's own.</summary>
    public void CountConsumed(int records) => Volatile.Write(ref _consumed, _consumed + records);

    private void LeaveGate()
    {
        if (_gate.Leave())
        {
            Release();
        }
    }

    private void Release()
    {
        _isReleased = true;
        _release();
    }
}

namespace EbpfNet.Benchmarks;

/// <summary>
/// Operations on one map, done by C and by EbpfNet's view, on the same map and keys: a class for each kind of map. Loops go round the keys; a count is
/// of operations, or of elements where many are read or written at once.
/// </summary>
internal abstract unsafe class MapWork : IDisposable
{
    private readonly uint _keySize;
    private readonly uint _words;

    /// <param name="map">The map.</param>
    /// <param name="keys">The keys of all elements, in memory that stays where it is.</param>
    /// <param name="keySize">The size of a key in bytes.</param>
    /// <param name="count">Their number; a power of two.</param>
    /// <param name="words">How many numbers of 64 bits a value has.</param>
    protected MapWork(BpfMap map, byte* keys, int keySize, int count, int words)
    {
        Map = map;
        Keys = keys;
        _keySize = (uint)keySize;
        Count = count;
        _words = (uint)words;
        FoundKeys = GC.AllocateArray<byte>(count * keySize, pinned: true);
        Values = GC.AllocateArray<ulong>(count * words, pinned: true);
        for (int i = 0; i < Values.Length; i++)
        {
            Values[i] = (ulong)i;
        }
    }

    /// <summary>How many elements there are.</summary>
    public int Count { get; }

    protected BpfMap Map { get; }

    protected byte* Keys { get; }

    /// <summary>Where batches put their keys.</summary>
    protected byte[] FoundKeys { get; }

    /// <summary>Values for batches.</summary>
    protected ulong[] Values { get; }

    protected int Mask => Count - 1;

    public abstract ulong Lookup(int count);

    public abstract void Update(int count);

    /// <summary>Removes an element and adds it again.</summary>
    public virtual void Replace(int count) => throw new NotSupportedException("Elements of this map cannot be removed.");

    /// <summary>Takes an element out and adds it again.</summary>
    public virtual void Take(int count) => throw new NotSupportedException("Elements of this map cannot be taken out.");

    public abstract ulong Enumerate(int count);

    public virtual void ReadBatch(int count) => throw new NotSupportedException("This map is not read by ranges.");

    public virtual void WriteBatch(int count) => throw new NotSupportedException("This map is not written by ranges.");

    /// <summary>Removes all elements and adds them again.</summary>
    public virtual void ReplaceBatch(int count) => throw new NotSupportedException("Elements of this map cannot be removed.");

    public ulong Lookup(Peer peer, int count)
    {
        using var fd = Map.Handle.Acquire();
        return peer.Lookup(fd.Fd, Keys, _keySize, (uint)Mask, count, _words);
    }

    public void Update(Peer peer, int count)
    {
        using var fd = Map.Handle.Acquire();
        peer.Update(fd.Fd, Keys, _keySize, (uint)Mask, count, _words);
    }

    public void Replace(Peer peer, int count)
    {
        using var fd = Map.Handle.Acquire();
        peer.Replace(fd.Fd, Keys, _keySize, (uint)Mask, count, _words);
    }

    public void Take(Peer peer, int count)
    {
        using var fd = Map.Handle.Acquire();
        peer.Take(fd.Fd, Keys, _keySize, (uint)Mask, count, _words);
    }

    /// <summary>The classic walk: the next key, and its value.</summary>
    public ulong Walk(Peer peer, int count)
    {
        using var fd = Map.Handle.Acquire();
        ulong sum = 0;
        for (int done = 0; done < count; done += Count)
        {
            sum += peer.Walk(fd.Fd, _words, Count);
        }

        return sum;
    }

    public ulong WalkBatches(Peer peer, int count)
    {
        using var fd = Map.Handle.Acquire();
        ulong sum = 0;
        fixed (byte* keys = FoundKeys)
        fixed (ulong* values = Values)
        {
            for (int done = 0; done < count; done += Count)
            {
                sum += peer.WalkBatches(fd.Fd, keys, values, (uint)Math.Min(Count, 4096), _words, Count);
            }
        }

        return sum;
    }

    public void ReadBatch(Peer peer, int count)
    {
        using var fd = Map.Handle.Acquire();
        fixed (byte* keys = FoundKeys)
        fixed (ulong* values = Values)
        {
            peer.ReadBatch(fd.Fd, keys, values, (uint)Count, count / Count);
        }
    }

    public void WriteBatch(Peer peer, int count)
    {
        using var fd = Map.Handle.Acquire();
        fixed (ulong* values = Values)
        {
            peer.WriteBatch(fd.Fd, Keys, values, (uint)Count, count / Count);
        }
    }

    public void ReplaceBatch(Peer peer, int count)
    {
        using var fd = Map.Handle.Acquire();
        fixed (ulong* values = Values)
        {
            peer.ReplaceBatch(fd.Fd, Keys, values, (uint)Count, count / Count);
        }
    }

    public void Dispose() => Map.Dispose();

    protected static void Require(bool succeeded)
    {
        if (!succeeded)
        {
            throw new InvalidOperationException("A map operation failed in the middle of a measurement.");
        }
    }

    /// <summary>Numbers from 0 on, in memory that stays where it is.</summary>
    /// <param name="count">How many.</param>
    /// <param name="isShuffled">Whether they are in no order: the kernel's buckets are not gone through one after the other.</param>
    protected static uint[] MakeKeys(int count, bool isShuffled = true)
    {
        uint[] keys = GC.AllocateArray<uint>(count, pinned: true);
        for (uint i = 0; i < count; i++)
        {
            keys[i] = i;
        }

        if (isShuffled)
        {
            new Random(1).Shuffle(keys);
        }

        return keys;
    }
}

namespace EbpfNet;

/// <summary>A place in the rings of all CPUs: what was there of one CPU's records when it was come to, then the next CPU's.</summary>
internal struct PerfRecords(PerfReader reader) : IRecordSource
{
    private int _index;
    private ulong _head;
    private int _unpublished;
    private ulong[]? _drainHeads;

    public readonly RecordReader Reader => reader;

    public readonly ulong Position => 0;

    public void Begin()
    {
        _index = 0;
        _head = reader.Rings.Count == 0 ? 0 : reader.Rings[0].ReadHead();
    }

    public bool TryRead(out ReadOnlySpan<byte> record)
    {
        IReadOnlyList<PerfRing> rings = reader.Rings;
        for (int tried = 0; tried <= rings.Count && rings.Count != 0; tried++)
        {
            if (rings[_index].TryRead(_head, out record))
            {
                _unpublished++; // Whatever becomes of it, it counts as consumed.
                return true;
            }

            Publish();
            _index = (_index + 1) % rings.Count;
            _head = _drainHeads is null ? rings[_index].ReadHead() : _drainHeads[_index];
        }

        record = default;
        return false;
    }

    public void PublishIfDue()
    {
        PerfRing? ring = _index < reader.Rings.Count ? reader.Rings[_index] : null;
        if (_unpublished >= RecordReader.PublishRecords || ring?.Unpublished >= ring?.Size / RecordReader.PublishFraction)
        {
            Publish();
        }
    }

    public void Publish()
    {
        if (_index < reader.Rings.Count)
        {
            reader.Rings[_index].Publish();
        }

        reader.CountConsumed(_unpublished);
        _unpublished = 0;
    }

    public void PrepareToWait()
    {
        Publish();
        if (reader.RefreshIfRequested())
        {
            Begin();
        }
    }

    public bool MayDrain()
    {
        if (!reader.DrainsOnClose)
        {
            return false;
        }

        if (_drainHeads is null)
        {
            _drainHeads = [.. reader.Rings.Select(ring => ring.ReadHead())];
            _head = _index < _drainHeads.Length ? _drainHeads[_index] : 0;
        }

        for (int i = 0; i < _drainHeads.Length; i++)
        {
            if (reader.Rings[i].Position != _drainHeads[i])
            {
                return true;
            }
        }

        return false;
    }
}

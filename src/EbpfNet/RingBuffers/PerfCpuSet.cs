using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The rings of a perf buffer: one for each CPU that runs. Only the reader in the gate changes it.</summary>
internal sealed class PerfCpuSet : IPerfWriting, IDisposable
{
    private readonly BpfMap _map;
    private readonly BpfPerfBufferOptions _options;
    private readonly PerfReader _reader;
    private readonly Func<IReadOnlyList<int>?> _readOnline;
    private readonly BpfHandle _mapFile;

    /// <summary>Changed under a lock, since anybody may ask what there is.</summary>
    private readonly List<PerfCpu> _cpus = [];

    private GracePeriod? _gracePeriod;

    /// <param name="map">The map; it may be disposed before this.</param>
    /// <param name="options">How rings are made.</param>
    /// <param name="reader">Who reads them.</param>
    /// <param name="readOnline">Tells which CPUs run; <see langword="null"/> when that is not known.</param>
    public PerfCpuSet(BpfMap map, BpfPerfBufferOptions options, PerfReader reader, Func<IReadOnlyList<int>?> readOnline)
    {
        _map = map;
        _options = options;
        _reader = reader;
        _readOnline = readOnline;
        _mapFile = map.Handle.Duplicate(map.ToString());
    }

    public IReadOnlyList<int> Numbers
    {
        get
        {
            lock (_cpus)
            {
                return [.. _cpus.Select(cpu => cpu.Ring.Cpu)];
            }
        }
    }

    /// <summary>Grows with each change.</summary>
    public int Version { get; private set; }

    /// <summary>The descriptors that announce records.</summary>
    public IEnumerable<BpfHandle> Events => _cpus.Select(cpu => cpu.Event);

    /// <exception cref="ObjectDisposedException">The memory is no longer mapped.</exception>
    public long ReadAvailable()
    {
        lock (_cpus)
        {
            ObjectDisposedException.ThrowIf(_reader.IsReleased, _reader);
            return _cpus.Sum(cpu => cpu.ReadAvailable());
        }
    }

    /// <summary>Gives up the rings of CPUs that have gone, and makes them for those that have come.</summary>
    /// <returns>Whether something has changed.</returns>
    public bool Refresh()
    {
        _gracePeriod ??= _options.Overwrites ? GracePeriod.Open(_map.ToString()) : null;
        IReadOnlyList<int>? online = _readOnline();
        int version = Version++; // Before, so that what an exception leaves half done is seen, too.
        PerfCpu[] gone = [.. _cpus.Where(cpu => online is not null && !online.Contains(cpu.Ring.Cpu))];
        foreach (PerfCpu cpu in gone)
        {
            _reader.Remove(cpu.Ring);
            lock (_cpus)
            {
                cpu.Dispose(); // in the same step: who no longer finds the CPU among the numbers finds its ring gone from the map
                _cpus.Remove(cpu);
            }
        }

        bool hasChanged = gone.Length != 0;
        int possible = (int)Math.Min(_map.MaxEntries, (uint)PossibleCpus.Count);
        for (int number = 0; number < possible; number++)
        {
            bool isMissing = online?.Contains(number) != false && !_cpus.Exists(cpu => cpu.Ring.Cpu == number);
            if (isMissing && PerfCpu.Open(number, _map, _mapFile, _options, _reader) is { } added)
            {
                lock (_cpus)
                {
                    _cpus.Add(added);
                }

                _reader.Add(added.Ring);
                hasChanged = true;
            }
        }

        Version = hasChanged ? Version : version;
        return hasChanged;
    }

    public void Pause(PerfRing ring, bool paused)
    {
        foreach (PerfCpu cpu in _cpus)
        {
            if (cpu.Ring == ring)
            {
                PerfEvent.Pause(cpu.Event, paused, _map.ToString());
            }
        }
    }

    public void WaitForWriters() => _gracePeriod!.Wait();

    public void Dispose()
    {
        foreach (PerfCpu cpu in _cpus)
        {
            cpu.Dispose();
        }

        _gracePeriod?.Dispose();
        _mapFile.Dispose();
    }
}

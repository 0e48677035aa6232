using System.Runtime.CompilerServices;
using EbpfNet.Abi;

namespace EbpfNet.Benchmarks;

/// <summary>Reading an array's memory without system calls.</summary>
internal sealed class MappedWork : IDisposable
{
    /// <summary>How many numbers there are: 32 KiB, which the processor has at hand, so that nothing but the loops is compared.</summary>
    public const int Elements = 4096;

    private readonly BpfArray<ulong> _array = BpfArray<ulong>.Create("bench_mapped", Elements, BpfMapFlags.Mmapable);
    private readonly PeerMemory _raw;
    private readonly PeerMemory? _libbpf;
    private readonly ulong _sum;

    public MappedWork()
    {
        using BpfMapped<ulong> memory = _array.MapMemory();
        for (int i = 0; i < Elements; i++)
        {
            memory.Span[i] = (ulong)i;
            _sum += (ulong)i;
        }

        using var fd = _array.Map.Handle.Acquire();
        _raw = new PeerMemory(Peer.Raw, fd.Fd, Elements);
        _libbpf = Peer.Libbpf is { } libbpf ? new PeerMemory(libbpf, fd.Fd, Elements) : null;
    }

    /// <param name="peer">Who.</param>
    /// <param name="count">Of elements: a multiple of <see cref="Elements"/>.</param>
    public void Read(Peer peer, int count)
    {
        int rounds = count / Elements;
        Peer.Require((peer == Peer.Raw ? _raw : _libbpf!).Sum(rounds) == _sum * (ulong)rounds);
    }

    public void Read(int count)
    {
        using BpfMapped<ulong> memory = _array.MapMemory();
        int rounds = count / Elements;
        ulong sum = 0;
        for (int i = 0; i < rounds; i++)
        {
            sum += Sum(memory.Span);
        }

        Peer.Require(sum == _sum * (ulong)rounds);
    }

    public void Dispose()
    {
        _raw.Dispose();
        _libbpf?.Dispose();
        _array.Dispose();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Sum(ReadOnlySpan<ulong> values)
    {
        ulong sum = 0;
        foreach (ulong value in values)
        {
            sum += value;
        }

        return sum;
    }
}

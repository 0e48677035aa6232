using System.Runtime.InteropServices;

namespace EbpfNet.KernelTests.RingBuffers;

/// <summary>The programs of <c>ringbuf.bpf.c</c>, which make records when they are run.</summary>
internal sealed class RingProducer : IDisposable
{
    private readonly BpfArray<State> _states;

    /// <param name="size">Of the ring buffer, in bytes.</param>
    /// <param name="withSlow">Whether to load the program that holds its record for long, which the verifier takes long over, too.</param>
    public RingProducer(uint size = 64 * 1024, bool withSlow = false)
    {
        BpfObjectSpec spec = TestObjects.Read("ringbuf");
        spec.Programs["slow"].AutoLoad = withSlow;
        spec.Maps["events"].MaxEntries = size;
        Object = BpfObject.Load(spec);
        _states = Object.GetArray<State>("producers");
    }

    public BpfObject Object { get; }

    /// <summary>What a producer makes, and what came of it. To be set while it does not run.</summary>
    public State this[int producer]
    {
        get => _states[producer];
        set => _states[producer] = value;
    }

    public BpfRingBuffer Open(BpfRingBufferOptions? options = null) => Object.GetRingBuffer("events", options);

    /// <summary>Makes at least so many records: a run that a signal interrupts begins anew.</summary>
    public void Make(string program, int count = 1, byte producer = 0)
    {
        Span<byte> packet = stackalloc byte[64];
        packet[0] = producer;
        BpfTestRunResult result = Object.Programs[program].TestRun(new BpfTestRun(packet) { Repeat = count });
        Assert.Equal(0u, result.ReturnValue);
    }

    public void Dispose() => Object.Dispose();

    /// <summary><c>struct producer</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct State
    {
        public ulong Next;
        public ulong Lost;
        public ulong Discarded;
        public ulong Flags;
        public uint MaxWords;
        public uint DiscardEvery;
    }

    /// <summary><c>struct fixed</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Fixed
    {
        public ulong Sequence;
        public Numbers Values;

        [System.Runtime.CompilerServices.InlineArray(7)]
        internal struct Numbers
        {
            private ulong _first;
        }
    }
}

namespace EbpfNet.KernelTests.RingBuffers;

/// <summary>The programs of <c>perf_buffer.bpf.c</c>, which give records when they are run.</summary>
internal static class PerfProducer
{
    /// <summary>What fills the packet, and with it what follows the record's own 16 bytes.</summary>
    public const byte Filling = 0x5a;

    public static BpfObject Load() => BpfObject.Load(TestObjects.Read("perf_buffer"));

    /// <param name="loaded">The loaded object.</param>
    /// <param name="count">How many records; none if 0.</param>
    /// <param name="bytes">How many bytes of the packet follow the record.</param>
    public static void Give(BpfObject loaded, int count = 1, byte bytes = 0)
    {
        if (count > 0)
        {
            byte[] packet = new byte[300];
            packet.AsSpan().Fill(Filling);
            packet[0] = bytes;
            Assert.Equal(0u, loaded.Programs["give"].TestRun(new BpfTestRun(packet) { Repeat = count }).ReturnValue);
        }
    }

    /// <summary>Gives long records of zeros, so long that the program is nearly always writing one.</summary>
    public static void GiveZeros(BpfObject loaded, int count) => Run(loaded, "give_zeros", count);

    /// <summary>The same in one run of a program that takes many milliseconds and sets <c>began</c> and <c>ended</c>.</summary>
    public static void GiveForLong(BpfObject loaded) => Run(loaded, "give_for_long", 1);

    private static void Run(BpfObject loaded, string program, int count) =>
        Assert.Equal(0u, loaded.Programs[program].TestRun(new BpfTestRun(new byte[64]) { Repeat = count }).ReturnValue);
}

namespace EbpfNet.Benchmarks;

/// <summary>Which CPU does what.</summary>
internal static class Cpus
{
    /// <summary>Pins this thread to the CPU that it is on, and names another one.</summary>
    /// <returns>The other; -1 where there is none.</returns>
    public static int BesideThisOne() => Beside(Measure.PinThread(-1));

    public static int Beside(int cpu) => Environment.ProcessorCount < 2 ? -1 : cpu == 0 ? 1 : 0;
}

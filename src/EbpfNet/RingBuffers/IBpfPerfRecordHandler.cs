namespace EbpfNet;

/// <summary>Takes the records of a <see cref="BpfPerfBuffer"/>. A struct that implements it is called without a delegate, and usually inlined.</summary>
public interface IBpfPerfRecordHandler
{
    /// <summary>Takes one record.</summary>
    /// <param name="cpu">The CPU that the program ran on. Records of one CPU come in order.</param>
    /// <param name="record">
    /// What the program gave to <c>bpf_perf_event_output</c>, and up to 7 bytes more, by which the kernel rounds the length up. Valid until this method
    /// returns.
    /// </param>
    /// <returns>Whether to go on; with <see langword="false"/> this record is the last, and it counts as consumed.</returns>
    /// <remarks>An exception ends the reading and comes out of <c>Consume</c>; the record counts as consumed.</remarks>
    bool Handle(int cpu, ReadOnlySpan<byte> record);

    /// <summary>Takes note that records found no room (<c>PERF_RECORD_LOST</c>), between those before and after it.</summary>
    /// <param name="cpu">The CPU that the program ran on.</param>
    /// <param name="count">How many were lost.</param>
    void HandleLost(int cpu, long count);
}

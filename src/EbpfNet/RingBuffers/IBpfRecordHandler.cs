namespace EbpfNet;

/// <summary>Takes the records of a <see cref="BpfRingBuffer"/>. A struct that implements it is called without a delegate, and usually inlined.</summary>
public interface IBpfRecordHandler
{
    /// <summary>Takes one record.</summary>
    /// <param name="record">What the BPF program submitted, in the kernel's own memory: valid until this method returns.</param>
    /// <returns>Whether to go on; with <see langword="false"/> this record is the last, and it counts as consumed.</returns>
    /// <remarks>An exception ends the reading and comes out of <c>Consume</c>; the record counts as consumed.</remarks>
    bool Handle(ReadOnlySpan<byte> record);
}

using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary><c>struct epoll_event</c>: four bytes of events and eight of data, packed on x64 and aligned everywhere else.</summary>
/// <param name="Size">Of one, in bytes.</param>
/// <param name="DataOffset">Where the data stands in it.</param>
internal readonly record struct EpollEvents(int Size, int DataOffset)
{
    /// <summary>The largest <see cref="Size"/> of any processor, for buffers.</summary>
    public const int MaxSize = 16;

    public static EpollEvents Current { get; } = For(RuntimeInformation.ProcessArchitecture);

    public static EpollEvents For(Architecture architecture) => architecture == Architecture.X64 ? new(Size: 12, DataOffset: 4) : new(Size: 16, DataOffset: 8);

    public void Write(Span<byte> at, uint events, ulong data)
    {
        at[..Size].Clear();
        MemoryMarshal.Write(at, events);
        MemoryMarshal.Write(at[DataOffset..], data);
    }

    public ulong ReadData(ReadOnlySpan<byte> events, int index) => MemoryMarshal.Read<ulong>(events[((index * Size) + DataOffset)..]);
}

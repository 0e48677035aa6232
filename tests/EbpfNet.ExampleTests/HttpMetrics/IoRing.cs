using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary><c>io_uring</c>, with one operation at a time.</summary>
internal sealed unsafe partial class IoRing : IDisposable
{
    internal const byte Send = 26;
    internal const byte Receive = 27;

    private const int SetUp = 425, Enter = 426; // the same numbers on all architectures
    private const int GetEvents = 1;
    private const uint SingleMapping = 1;
    private const int NotPermitted = 1, NoSuchCall = 38;
    private const long EntriesOffset = 0x1000_0000;
    private const int ReadWrite = 3, Shared = 1;
    private const int EntrySize = 64, ResultSize = 16;

    private readonly int _descriptor;
    private readonly Parameters _at;
    private readonly byte* _rings;
    private readonly nuint _ringsSize;
    private readonly byte* _entries;

    internal IoRing()
    {
        Parameters parameters = default;
        _descriptor = (int)syscall(SetUp, 1, &parameters);
        Skip.If(_descriptor < 0 && Marshal.GetLastPInvokeError() is NotPermitted or NoSuchCall, "this machine has no io_uring, or does not allow it");
        Check(_descriptor);
        Assert.NotEqual(0u, parameters.Features & SingleMapping); // Linux 5.4
        _at = parameters;
        _ringsSize = Math.Max(parameters.Submissions.Array + (parameters.SubmissionCount * sizeof(uint)), parameters.Completions.Results + (parameters.CompletionCount * ResultSize));
        _rings = Map(_ringsSize, 0);
        _entries = Map(parameters.SubmissionCount * EntrySize, EntriesOffset);
    }

    /// <summary>Begins an operation on bytes, which stay where they are until it is over.</summary>
    internal void Begin(byte operation, int descriptor, byte* bytes, int length)
    {
        uint* tail = (uint*)(_rings + _at.Submissions.Tail);
        uint place = *tail & (_at.SubmissionCount - 1);
        byte* entry = _entries + (place * EntrySize);
        new Span<byte>(entry, EntrySize).Clear();
        *entry = operation;
        *(int*)(entry + 4) = descriptor;
        *(byte**)(entry + 16) = bytes;
        *(int*)(entry + 24) = length;
        ((uint*)(_rings + _at.Submissions.Array))[place] = place;
        Volatile.Write(ref *tail, *tail + 1);
        Assert.Equal(1, Check(syscall(Enter, _descriptor, 1, 0, 0, null, 0)));
    }

    /// <summary>Waits until it is over, and tells what came of it.</summary>
    internal int End()
    {
        uint* head = (uint*)(_rings + _at.Completions.Head);
        while (Volatile.Read(ref *(uint*)(_rings + _at.Completions.Tail)) == *head)
        {
            Check(syscall(Enter, _descriptor, 0, 1, GetEvents, null, 0));
        }

        int result = *(int*)(_rings + _at.Completions.Results + ((*head & (_at.CompletionCount - 1)) * ResultSize) + 8);
        Volatile.Write(ref *head, *head + 1);
        return result;
    }

    public void Dispose()
    {
        Check(munmap(_entries, _at.SubmissionCount * EntrySize));
        Check(munmap(_rings, _ringsSize));
        Check(close(_descriptor));
    }

    private byte* Map(nuint size, long offset)
    {
        byte* mapped = mmap(null, size, ReadWrite, Shared, _descriptor, offset);
        Check((nint)mapped);
        return mapped;
    }

    private static int Check(nint result) => result != -1 ? (int)result : throw new Win32Exception(Marshal.GetLastPInvokeError());

#pragma warning disable IDE1006, SA1300 // the system's names
    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint entries, Parameters* parameters);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint descriptor, nint toBegin, nint toEnd, nint flags, void* signals, nint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial byte* mmap(void* address, nuint size, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int munmap(void* address, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
#pragma warning restore IDE1006, SA1300

    /// <summary><c>struct io_uring_params</c>.</summary>
    private struct Parameters
    {
        public uint SubmissionCount;
        public uint CompletionCount;
        public uint Flags;
        public uint ThreadCpu;
        public uint ThreadIdle;
        public uint Features;
        public uint Workers;
        public uint Reserved;
        public ulong Reserved2;
        public SubmissionOffsets Submissions;
        public CompletionOffsets Completions;
    }

    private struct SubmissionOffsets
    {
        public uint Head;
        public uint Tail;
        public uint Mask;
        public uint Count;
        public uint Flags;
        public uint Dropped;
        public uint Array;
        public uint Reserved;
        public ulong Address;
    }

    private struct CompletionOffsets
    {
        public uint Head;
        public uint Tail;
        public uint Mask;
        public uint Count;
        public uint Overflow;
        public uint Results;
        public uint Flags;
        public uint Reserved;
        public ulong Address;
    }
}

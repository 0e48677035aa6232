using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EbpfNet.KernelTests;

/// <summary>An AF_XDP socket that receives copies of packets, bound to a queue of an interface of the calling thread's network namespace. Constants: linux/if_xdp.h.</summary>
internal sealed unsafe partial class XdpSocket : IDisposable
{
    private const int FrameSize = 2048;
    private const int FrameCount = 64;
    private const int SolXdp = 283;
    private const int MMapOffsets = 1;
    private const int RxRing = 2;
    private const int UmemRegister = 4;
    private const int UmemFillRing = 5;
    private const int UmemCompletionRing = 6;
    private const int BindCopy = 2;
    private const long FillRingOffset = 0x1_0000_0000;

    private readonly void* _memory;
    private readonly byte* _rx;
    private readonly byte* _fill;
    private readonly Offsets _offsets;

    public XdpSocket(int interfaceIndex, int queue)
    {
        int fd = Socket(44, 3, 0); // AF_XDP, SOCK_RAW
        Skip.If(fd < 0, "this kernel has no AF_XDP sockets");
        Handle = new SafeFileHandle(fd, ownsHandle: true);
        _memory = NativeMemory.AlignedAlloc(FrameSize * FrameCount, 4096);
        var umem = new Umem { Address = (ulong)_memory, Length = FrameSize * FrameCount, ChunkSize = FrameSize };
        Set(UmemRegister, &umem, sizeof(Umem));
        int size = FrameCount;
        Set(UmemFillRing, &size, sizeof(int));
        Set(UmemCompletionRing, &size, sizeof(int));
        Set(RxRing, &size, sizeof(int));
        Offsets offsets;
        uint length = (uint)sizeof(Offsets);
        Require(GetOption(Handle, SolXdp, MMapOffsets, &offsets, &length));
        _offsets = offsets;
        _rx = Map((long)offsets.Rx.Descriptors + (FrameCount * 16), 0);
        _fill = Map((long)offsets.Fill.Descriptors + (FrameCount * 8), FillRingOffset);
        for (int i = 0; i < FrameCount; i++)
        {
            *(ulong*)(_fill + offsets.Fill.Descriptors + (i * 8)) = (ulong)i * FrameSize;
        }

        Volatile.Write(ref *(uint*)(_fill + offsets.Fill.Producer), FrameCount);
        var address = new Address { Family = 44, Flags = BindCopy, Interface = (uint)interfaceIndex, Queue = (uint)queue };
        Require(Bind(Handle, &address, (uint)sizeof(Address)));
    }

    public SafeHandle Handle { get; }

    /// <summary>The next packet, from its Ethernet header on; empty when none comes for a while. Packets beyond the first <see cref="FrameCount"/> find no room.</summary>
    public byte[] Receive(TimeSpan patience)
    {
        ref uint consumer = ref *(uint*)(_rx + _offsets.Rx.Consumer);
        bool hasCome = SpinWait.SpinUntil(() => Volatile.Read(ref *(uint*)(_rx + _offsets.Rx.Producer)) != *(uint*)(_rx + _offsets.Rx.Consumer), patience);
        if (!hasCome)
        {
            return [];
        }

        byte* descriptor = _rx + _offsets.Rx.Descriptors + (consumer % FrameCount * 16);
        byte[] packet = new ReadOnlySpan<byte>((byte*)_memory + *(ulong*)descriptor, *(int*)(descriptor + 8)).ToArray();
        Volatile.Write(ref consumer, consumer + 1);
        return packet;
    }

    public void Dispose()
    {
        if (Handle.IsClosed)
        {
            return;
        }

        // The mappings hold the socket, too.
        _ = MUnmap(_rx, (nuint)_offsets.Rx.Descriptors + (FrameCount * 16));
        _ = MUnmap(_fill, (nuint)_offsets.Fill.Descriptors + (FrameCount * 8));
        Handle.Dispose();
        NativeMemory.AlignedFree(_memory);
    }

    private static void Require(int result) => Assert.True(result >= 0, Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));

    private void Set(int name, void* value, int length) => Require(SetOption(Handle, SolXdp, name, value, (uint)length));

    private byte* Map(long length, long offset)
    {
        void* start = MMap(null, (nuint)length, 3, 1, Handle, (nint)offset); // PROT_READ | PROT_WRITE, MAP_SHARED
        Assert.True(start != (void*)-1, Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
        return (byte*)start;
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(SafeHandle socket, int level, int name, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetOption(SafeHandle socket, int level, int name, void* value, uint* length);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(SafeHandle socket, Address* address, uint length);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* MMap(void* address, nuint length, int protection, int flags, SafeHandle fd, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int MUnmap(void* address, nuint length);

    /// <summary><c>struct xdp_umem_reg</c>.</summary>
    private struct Umem
    {
        public ulong Address;
        public ulong Length;
        public uint ChunkSize;
        public uint Headroom;
        public uint Flags;
        public uint MetadataLength;
    }

    /// <summary><c>struct xdp_ring_offset</c>.</summary>
    private struct RingOffsets
    {
        public ulong Producer;
        public ulong Consumer;
        public ulong Descriptors;
        public ulong Flags;
    }

    /// <summary><c>struct xdp_mmap_offsets</c>.</summary>
    private struct Offsets
    {
        public RingOffsets Rx;
        public RingOffsets Tx;
        public RingOffsets Fill;
        public RingOffsets Completion;
    }

    /// <summary><c>struct sockaddr_xdp</c>.</summary>
    private struct Address
    {
        public ushort Family;
        public ushort Flags;
        public uint Interface;
        public uint Queue;
        public uint SharedUmemFd;
    }
}

using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>Memory of the kernel's, mapped into this process; unmapped when the last lease ends, whoever disposed it before.</summary>
internal sealed unsafe class MemoryMapping : SafeHandle
{
    private const int ProtectionRead = 1;
    private const int ProtectionWrite = 2;
    private const int MapShared = 1;
    private const int FixedUnlessTaken = 0x100000; // MAP_FIXED_NOREPLACE; older kernels take the address for a wish.
    private const int MapPrivate = 2;
    private const int MapAnonymous = 0x20;

    private MemoryMapping(void* address, nuint length)
        : base(-1, ownsHandle: true)
    {
        Length = length;
        SetHandle((nint)address);
    }

    public override bool IsInvalid => handle == -1;

    /// <summary>Whose memory it is, as its <see cref="object.ToString"/> calls it; messages name that instead of this class.</summary>
    public object? Owner { get; set; }

    /// <summary>In bytes, as asked for; the kernel maps whole pages.</summary>
    public nuint Length { get; }

    public static nuint PageSize { get; } = (nuint)Environment.SystemPageSize;

    /// <summary>Maps <paramref name="length"/> bytes of an object, shared with the kernel and its BPF programs.</summary>
    public static MemoryMapping Map(BpfHandle file, nuint length, bool writable, string what, long offset = 0) =>
        TryMap(file, length, writable, offset, out BpfErrno error)
        ?? throw SyscallErrors.Create(error, "mmap", $"map the memory of {what} into this process");

    /// <summary>The same, for a caller that has another way when the kernel refuses.</summary>
    public static MemoryMapping? TryMap(BpfHandle file, nuint length, bool writable, long offset, out BpfErrno error) =>
        TryMap(file, null, length, writable, offset, out error);

    /// <summary>The same, at a certain address; <c>EEXIST</c> when other memory is there.</summary>
    public static MemoryMapping? TryMap(BpfHandle file, void* at, nuint length, bool writable, long offset, out BpfErrno error)
    {
        using BpfHandle.Lease fd = file.Acquire();
        int protection = writable ? ProtectionRead | ProtectionWrite : ProtectionRead;
        void* address = LibC.MMap(at, length, protection, at is null ? MapShared : MapShared | FixedUnlessTaken, fd.Fd, (nint)offset);
        bool failed = (nint)address == -1;
        error = failed ? (BpfErrno)Marshal.GetLastPInvokeError() : BpfErrno.None;
        return failed ? null : new MemoryMapping(address, length);
    }

    /// <summary>Memory of this process's own, filled with zeros, outside the garbage collector's heap.</summary>
    public static MemoryMapping Allocate(nuint length)
    {
        void* address = LibC.MMap(null, length, ProtectionRead | ProtectionWrite, MapPrivate | MapAnonymous, -1, 0);
        return (nint)address != -1 ? new MemoryMapping(address, length) : throw SyscallErrors.Create((BpfErrno)Marshal.GetLastPInvokeError(), "mmap", $"get {length} bytes of memory");
    }

    /// <summary>Maps the start of a file of the kernel's to be read. Some, such as the kernel's types, can only be mapped privately.</summary>
    public static MemoryMapping? TryMapToRead(SafeHandle file, nuint length)
    {
        bool held = false;
        try
        {
            file.DangerousAddRef(ref held);
            void* address = LibC.MMap(null, length, ProtectionRead, MapPrivate, (int)file.DangerousGetHandle(), 0);
            return (nint)address == -1 ? null : new MemoryMapping(address, length);
        }
        finally
        {
            if (held)
            {
                file.DangerousRelease();
            }
        }
    }

    /// <summary>Keeps the memory mapped until the lease is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The mapping was disposed.</exception>
    public Lease Acquire() => new(this);

    protected override bool ReleaseHandle() => LibC.MUnmap((void*)handle, Length) == 0;

    internal readonly ref struct Lease
    {
        public Lease(MemoryMapping owner)
        {
            if (owner.IsClosed)
            {
                // The next line would say so, too, but name this class; when it is closed in between, it does.
                BpfHandle.ThrowClosed(owner.Owner, nameof(MemoryMapping));
            }

            bool held = false;
            owner.DangerousAddRef(ref held);
            Owner = owner;
            Address = (byte*)owner.handle;
        }

        public MemoryMapping Owner { get; }

        public byte* Address { get; }

        public Span<byte> Span => new(Address, checked((int)Owner.Length));

        public void Dispose() => Owner.DangerousRelease();
    }
}

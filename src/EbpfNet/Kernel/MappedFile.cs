using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace EbpfNet.Kernel;

/// <summary>
/// A file of the kernel's, mapped to be read. There is nothing to dispose: the memory is unmapped when nobody refers to it any more, so that whoever
/// has a view of it can go on reading.
/// </summary>
internal sealed unsafe class MappedFile : MemoryManager<byte>
{
    private readonly MemoryMapping _mapping;
    private readonly int _length;

    private MappedFile(MemoryMapping mapping, int length)
    {
        _mapping = mapping;
        _length = length;
    }

    /// <summary>The contents of a file: mapped if the kernel allows that, which takes a hundredth of the time, else read into memory of the same kind.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static ReadOnlyMemory<byte> Read(string path)
    {
        using SafeFileHandle file = Open(path);
        return TryMap(file) ?? ReadToEnd(file);
    }

    /// <summary>The contents of a file, mapped; <see langword="null"/> when the kernel does not map this one.</summary>
    public static ReadOnlyMemory<byte>? TryMap(string path)
    {
        using SafeFileHandle file = Open(path);
        return TryMap(file);
    }

    public override Span<byte> GetSpan() => new((void*)_mapping.DangerousGetHandle(), _length);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length, nameof(elementIndex));
        return new MemoryHandle((byte*)_mapping.DangerousGetHandle() + elementIndex, GCHandle.Alloc(this), this);
    }

    public override void Unpin()
    {
        // The handle in MemoryHandle keeps this alive; there is nothing else to undo.
    }

    protected override void Dispose(bool disposing)
    {
        // Views may be in use; the mapping goes when the last of them does.
    }

    private static SafeFileHandle Open(string path) => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private static ReadOnlyMemory<byte>? TryMap(SafeFileHandle file)
    {
        long length = RandomAccess.GetLength(file);
        if (length is > 0 and <= int.MaxValue && MemoryMapping.TryMapToRead(file, (nuint)length) is { } mapping)
        {
            return new MappedFile(mapping, (int)length).Memory;
        }

        return null;
    }

    private static ReadOnlyMemory<byte> ReadToEnd(SafeFileHandle file)
    {
        long length = RandomAccess.GetLength(file);
        if (length is <= 0 or > int.MaxValue)
        {
            throw new IOException($"The file has {length} bytes.");
        }

        var memory = new MappedFile(MemoryMapping.Allocate((nuint)length), (int)length);
        int done = 0;
        for (int read; done < length && (read = RandomAccess.Read(file, memory.GetSpan()[done..], done)) > 0; done += read)
        {
        }

        return memory.Memory[..done];
    }
}

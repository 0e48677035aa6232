using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>Makes what an enumeration yields out of a record, which is only there for the moment.</summary>
internal interface IRecordProjection<T>
{
    T Project(ReadOnlySpan<byte> record);
}

/// <summary>Copies the record.</summary>
/// <param name="reader">For messages.</param>
/// <param name="allowLonger">Whether a record may be longer than the type.</param>
/// <param name="isPadded">Whether the kernel rounds lengths up, so that they and the four bytes before them are a multiple of 8.</param>
internal readonly struct RecordCopy<T>(RecordReader reader, bool allowLonger, bool isPadded = false) : IRecordProjection<T>
    where T : unmanaged
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public T Project(ReadOnlySpan<byte> record)
    {
        if (record.Length != Unsafe.SizeOf<T>() && !(record.Length > Unsafe.SizeOf<T>() && (allowLonger || (isPadded && record.Length - Unsafe.SizeOf<T>() < 8))))
        {
            ThrowWrongLength(record.Length);
        }

        return Unsafe.ReadUnaligned<T>(ref MemoryMarshal.GetReference(record));
    }

    private void ThrowWrongLength(int length)
    {
        int size = Unsafe.SizeOf<T>();
        string advice = length > size ? $"; to take the first {size} bytes of longer records, set {nameof(BpfRingBufferOptions.AllowLongerRecords)}" : "";
        throw new BpfLayoutException(
            typeof(T).Name,
            $"a record of {reader.Name}",
            $"the type has {size} bytes and the record {length}; the program's struct and this type must be the same{advice}",
            actualOffset: size,
            expectedOffset: length);
    }
}

/// <summary>Lets the user's function make something of the record.</summary>
internal readonly struct RecordFunction<T>(Func<ReadOnlySpan<byte>, T> function) : IRecordProjection<T>
{
    public T Project(ReadOnlySpan<byte> record) => function(record);
}

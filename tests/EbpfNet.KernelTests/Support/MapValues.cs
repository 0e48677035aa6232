using System.Runtime.InteropServices;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests;

/// <summary>The first element of an array map, untyped.</summary>
internal static unsafe class MapValues
{
    public static byte[] Read(BpfMap map)
    {
        byte[] value = new byte[map.ValueSize];
        int first = 0;
        fixed (byte* bytes = value)
        {
            Assert.Equal(0, MapElements.Lookup(map.Handle, &first, bytes));
        }

        return value;
    }

    public static BpfErrno Write(BpfMap map, ReadOnlySpan<byte> value)
    {
        int first = 0;
        fixed (byte* bytes = value)
        {
            return (BpfErrno)(-MapElements.Update(map.Handle, &first, bytes, 0));
        }
    }

    /// <summary>The id of the map or program at an index of a map of such; 0 when there is none.</summary>
    public static uint ReadId(BpfMap map, uint index)
    {
        uint id;
        return MapElements.Lookup(map.Handle, &index, &id) == 0 ? id : 0;
    }

    /// <summary>What a variable has in the kernel now.</summary>
    public static T Read<T>(BpfObject loaded, BpfVariableSpec variable)
        where T : unmanaged =>
        MemoryMarshal.Read<T>(Read(loaded.Maps[variable.SectionName]).AsSpan(variable.Offset, variable.Size));
}

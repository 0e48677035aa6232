using System.Runtime.CompilerServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The operations that queues and stacks share: the kernel does the same for both, and only takes from another end.</summary>
internal static unsafe class QueueElements
{
    private const int Full = -(int)BpfErrno.E2BIG;

    /// <returns>Whether there was room; with <paramref name="dropOldest"/> there always is.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPush<T>(BpfMap map, BpfHandle handle, in T value, bool dropOldest)
        where T : unmanaged
    {
        int result = Update(handle, value, dropOldest);
        if (result < 0 && result != Full)
        {
            MapErrors.ThrowUpdate(map, result);
        }

        return result >= 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Push<T>(BpfMap map, BpfHandle handle, in T value, bool dropOldest)
        where T : unmanaged
    {
        int result = Update(handle, value, dropOldest);
        if (result < 0)
        {
            MapErrors.ThrowUpdate(map, result);
        }
    }

    [SkipLocalsInit]
    public static bool TryPop<T>(BpfMap map, BpfHandle handle, out T value)
        where T : unmanaged
    {
        Unsafe.SkipInit(out value);
        fixed (T* v = &value)
        {
            int result = MapElements.LookupAndDelete(handle, null, v);
            if (result >= 0)
            {
                return true;
            }

            value = default;
            if (result != MapElements.NotFound)
            {
                throw MapErrors.Create(map, BpfCommand.MapLookupAndDeleteElem, result, "take an element out of");
            }

            return false;
        }
    }

    [SkipLocalsInit]
    public static bool TryPeek<T>(BpfMap map, BpfHandle handle, out T value)
        where T : unmanaged
    {
        Unsafe.SkipInit(out value);
        fixed (T* v = &value)
        {
            int result = MapElements.Lookup(handle, null, v);
            if (result >= 0)
            {
                return true;
            }

            value = default;
            if (result != MapElements.NotFound)
            {
                MapErrors.ThrowLookup(map, result);
            }

            return false;
        }
    }

    /// <summary>Takes out no more than there can be, so that it ends whatever is added meanwhile.</summary>
    public static void Clear<T>(BpfMap map, BpfHandle handle)
        where T : unmanaged
    {
        for (uint i = 0; i < map.MaxEntries && TryPop<T>(map, handle, out _); i++)
        {
        }
    }

    /// <returns>How many there were; as many as fit.</returns>
    public static int PopTo<T>(BpfMap map, BpfHandle handle, Span<T> destination)
        where T : unmanaged
    {
        int count = 0;
        while (count < destination.Length && TryPop(map, handle, out destination[count]))
        {
            count++;
        }

        return count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Update<T>(BpfHandle handle, in T value, bool dropOldest)
        where T : unmanaged
    {
        fixed (T* v = &value)
        {
            return MapElements.Update(handle, null, v, (ulong)(dropOldest ? BpfElementFlags.Exist : BpfElementFlags.Any));
        }
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace EbpfNet;

/// <summary>Sums over the CPUs, for values that can be added: all number types, and structs with an operator <c>+</c>.</summary>
/// <remarks>Additions wrap around, as the kernel's do.</remarks>
public static unsafe class BpfPerCpuExtensions
{
    /// <summary>The sum of the values of all CPUs under a key.</summary>
    /// <typeparam name="TKey">The type of the keys.</typeparam>
    /// <typeparam name="TValue">The type of one CPU's value.</typeparam>
    /// <param name="map">The map.</param>
    /// <param name="key">The key.</param>
    /// <param name="sum">The sum; zero when there is no such key.</param>
    /// <returns>Whether the key is in the map.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static bool TryGetSum<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey, [DynamicallyAccessedMembers(BpfLayout.Members)] TValue>(
        this BpfPerCpuHashMap<TKey, TValue> map, in TKey key, out TValue sum)
        where TKey : unmanaged
        where TValue : unmanaged, IAdditionOperators<TValue, TValue, TValue>
    {
        ArgumentNullException.ThrowIfNull(map);
        fixed (TKey* k = &key)
        {
            return map.Found(PerCpuValues.Sum(map.Map, k, map.CpuCount, out sum));
        }
    }

    /// <summary>The sum of the values of all CPUs of an attachment.</summary>
    /// <typeparam name="TKey">The type of the keys.</typeparam>
    /// <typeparam name="TValue">The type of one CPU's value.</typeparam>
    /// <param name="map">The map.</param>
    /// <param name="key">Where the program is attached.</param>
    /// <param name="sum">The sum; zero when there is no such key.</param>
    /// <returns>Whether there are values: a program of the object is, or was, attached there.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static bool TryGetSum<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey, [DynamicallyAccessedMembers(BpfLayout.Members)] TValue>(
        this BpfPerCpuAttachedCgroupStorage<TKey, TValue> map, in TKey key, out TValue sum)
        where TKey : unmanaged
        where TValue : unmanaged, IAdditionOperators<TValue, TValue, TValue>
    {
        ArgumentNullException.ThrowIfNull(map);
        fixed (TKey* k = &key)
        {
            return map.Found(PerCpuValues.Sum(map.Map, k, map.CpuCount, out sum));
        }
    }

    /// <summary>The sum of the values of all CPUs of an element.</summary>
    /// <typeparam name="T">The type of one CPU's value.</typeparam>
    /// <param name="array">The array.</param>
    /// <param name="index">Which element.</param>
    /// <returns>The sum.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static T Sum<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(this BpfPerCpuArray<T> array, int index)
        where T : unmanaged, IAdditionOperators<T, T, T>
    {
        ArgumentNullException.ThrowIfNull(array);
        array.RequireIndex(index);
        array.RequireRead(PerCpuValues.Sum(array.Map, &index, array.CpuCount, out T sum));
        return sum;
    }

    /// <summary>The sum of the values of all CPUs of the element that an enumeration is at.</summary>
    /// <typeparam name="TKey">The type of the keys.</typeparam>
    /// <typeparam name="TValue">The type of one CPU's value.</typeparam>
    /// <param name="entry">The element.</param>
    /// <returns>The sum.</returns>
    public static TValue Sum<TKey, TValue>(this BpfPerCpuEntry<TKey, TValue> entry)
        where TKey : unmanaged
        where TValue : unmanaged, IAdditionOperators<TValue, TValue, TValue> => entry.Sum<TValue>();
}

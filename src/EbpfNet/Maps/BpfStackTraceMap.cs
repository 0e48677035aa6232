using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Access to a map of call stacks (<c>BPF_MAP_TYPE_STACK_TRACE</c>, Linux 4.6), which programs fill with <c>bpf_get_stackid</c> and name by the number that it returns.</summary>
/// <remarks>
/// Equal stacks have one number. A stack is either the kernel's or a process's: the program says which (<c>BPF_F_USER_STACK</c>), and so it has to tell whose names are to be looked up.
/// Reading is one system call and allocates nothing. Members may be called from several threads.
/// </remarks>
public sealed unsafe class BpfStackTraceMap : IDisposable
{
    private const int DefaultDepth = 127; // The kernel's limit, unless kernel.perf_event_max_stack was changed.
    private const int StackLimit = 2048;

    private readonly BpfHandle _handle;
    private readonly bool _owned;

    /// <summary>Makes a view of a map. The map stays its owner's: disposing the view does nothing.</summary>
    /// <param name="map">The map.</param>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    public BpfStackTraceMap(BpfMap map)
        : this(map, owned: false)
    {
    }

    private BpfStackTraceMap(BpfMap map, bool owned)
    {
        MapView.RequireKind(map, nameof(BpfStackTraceMap), BpfMapType.StackTrace);
        Map = map;
        HasBuildIds = (map.Flags & BpfMapFlags.StackBuildId) != 0;
        MaxDepth = map.ValueSize / (HasBuildIds ? sizeof(BpfBuildIdFrame) : sizeof(ulong));
        _handle = map.Handle;
        _owned = owned;
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The most addresses that a stack has; deeper ones are cut off at the far end.</summary>
    public int MaxDepth { get; }

    /// <summary>Whether the stacks consist of build ids and places in files (<c>BPF_F_STACK_BUILD_ID</c>, Linux 4.17) rather than addresses.</summary>
    public bool HasBuildIds { get; }

    /// <summary>The number of stacks, found by counting them.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused to read the map.</exception>
    public int Count => MapView.Count(Map, Map.ValueSize);

    /// <summary>Creates a map that belongs to no object (<c>BPF_MAP_CREATE</c>), empty; disposing the view closes it.</summary>
    /// <param name="name">Its name; the kernel keeps 15 characters of it.</param>
    /// <param name="maxEntries">The most stacks; two whose hashes collide do not both fit, so make it larger than that. The kernel rounds it up to a power of two.</param>
    /// <param name="depth">The most addresses of a stack, at most <c>kernel.perf_event_max_stack</c> (127).</param>
    /// <param name="buildIds">Whether user stacks are kept as build ids and places in files.</param>
    /// <returns>The view of the new map.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfStackTraceMap Create(string name, int maxEntries, int depth = DefaultDepth, bool buildIds = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(depth);
        int valueSize = checked(depth * (buildIds ? sizeof(BpfBuildIdFrame) : sizeof(ulong)));
        return new(MapCreation.Create(BpfMapType.StackTrace, name, sizeof(int), valueSize, maxEntries, buildIds ? BpfMapFlags.StackBuildId : BpfMapFlags.None), owned: true);
    }

    /// <summary>Reads a stack's addresses, the innermost first (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="stackId">The stack's number.</param>
    /// <param name="addresses">Where they go; with room for <see cref="MaxDepth"/> all of them fit.</param>
    /// <param name="count">How many were read: all, or as many as fit.</param>
    /// <returns>Whether there is such a stack.</returns>
    /// <exception cref="InvalidOperationException">The stacks have build ids.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryGetAddresses(int stackId, Span<ulong> addresses, out int count)
    {
        RequireForm(buildIds: false);
        return TryRead(stackId, addresses, take: false, out count);
    }

    /// <summary>Reads a stack's places, the innermost first (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <param name="stackId">The stack's number.</param>
    /// <param name="frames">Where they go; with room for <see cref="MaxDepth"/> all of them fit.</param>
    /// <param name="count">How many were read: all, or as many as fit.</param>
    /// <returns>Whether there is such a stack.</returns>
    /// <exception cref="InvalidOperationException">The stacks have addresses.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryGetBuildIds(int stackId, Span<BpfBuildIdFrame> frames, out int count)
    {
        RequireForm(buildIds: true);
        return TryRead(stackId, frames, take: false, out count);
    }

    /// <summary>Removes a stack and reads what it was, in one step where the kernel has that (<c>BPF_MAP_LOOKUP_AND_DELETE_ELEM</c>), else in two.</summary>
    /// <param name="stackId">The stack's number.</param>
    /// <param name="addresses">Where its addresses go; with room for <see cref="MaxDepth"/> all of them fit.</param>
    /// <param name="count">How many were read: all, or as many as fit.</param>
    /// <returns>Whether there was such a stack.</returns>
    /// <exception cref="InvalidOperationException">The stacks have build ids.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool TryTakeAddresses(int stackId, Span<ulong> addresses, out int count)
    {
        RequireForm(buildIds: false);
        return TryRead(stackId, addresses, take: true, out count);
    }

    /// <summary>Reads a stack and finds out the names of its addresses. For cold paths: it allocates.</summary>
    /// <param name="stackId">The stack's number.</param>
    /// <param name="symbols">Who knows the names: <see cref="KernelSymbols"/> for a kernel stack, the <see cref="ProcessSymbols"/> of the process for a user stack.</param>
    /// <returns>The frames, the innermost first; <see langword="null"/> when there is no such stack.</returns>
    /// <exception cref="InvalidOperationException">The stacks have build ids, and the symbols are not a process's.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public IReadOnlyList<BpfStackFrame>? Resolve(int stackId, ISymbolSource symbols)
    {
        ArgumentNullException.ThrowIfNull(symbols);
        if (HasBuildIds && symbols is ProcessSymbols process)
        {
            var places = new BpfBuildIdFrame[MaxDepth];
            return TryGetBuildIds(stackId, places, out int found) ? [.. places[..found].Select(place => process.Resolve(place))] : null;
        }

        var addresses = new ulong[MaxDepth];
        return TryGetAddresses(stackId, addresses, out int count) ? [.. addresses[..count].Select(symbols.Resolve)] : null;
    }

    /// <summary>Removes a stack (<c>BPF_MAP_DELETE_ELEM</c>).</summary>
    /// <param name="stackId">The stack's number.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public bool Remove(int stackId)
    {
        int result = MapElements.Delete(_handle, &stackId);
        if (result < 0 && !IsAbsent(result))
        {
            MapErrors.ThrowDelete(Map, result);
        }

        return result >= 0;
    }

    /// <summary>The numbers of all stacks that are in the map; it may change meanwhile.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public IReadOnlyList<int> GetIds()
    {
        var ids = new List<int>();
        using MapWalk walk = MapWalk.Begin(Map, Map.ValueSize);
        while (walk.MoveNext())
        {
            ids.Add(Unsafe.ReadUnaligned<int>(ref walk.Element.Key));
        }

        return ids;
    }

    /// <summary>Removes all stacks that are in the map when it is called; what is added meanwhile may stay.</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public void Clear()
    {
        foreach (int id in GetIds())
        {
            Remove(id);
        }
    }

    /// <summary>Closes the map if <see cref="Create"/> made it; a map that the view was made of stays open. Calling it again does nothing.</summary>
    public void Dispose()
    {
        if (_owned)
        {
            Map.Dispose();
        }
    }

    /// <summary>The map as messages call it.</summary>
    public override string ToString() => Map.ToString();

    /// <summary>The kernel writes whole values, of which the rest is zero: into the caller's memory where it is large enough.</summary>
    [SkipLocalsInit]
    private bool TryRead<T>(int stackId, Span<T> destination, bool take, out int count)
        where T : unmanaged, IEquatable<T>
    {
        count = 0;
        if (destination.Length >= MaxDepth)
        {
            if (!TryRead(stackId, MemoryMarshal.AsBytes(destination), take))
            {
                return false;
            }

            count = DepthOf<T>(destination[..MaxDepth]);
            return true;
        }

        byte[]? rented = Map.ValueSize > StackLimit ? ArrayPool<byte>.Shared.Rent(Map.ValueSize) : null;
        Span<byte> value = rented ?? stackalloc byte[StackLimit];
        bool found = TryRead(stackId, value, take);
        if (found)
        {
            ReadOnlySpan<T> all = MemoryMarshal.Cast<byte, T>(value[..Map.ValueSize])[..MaxDepth];
            count = Math.Min(DepthOf(all), destination.Length);
            all[..count].CopyTo(destination);
        }

        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return found;
    }

    private bool TryRead(int stackId, Span<byte> value, bool take)
    {
        fixed (byte* v = value)
        {
            int result = take ? MapElements.LookupAndDelete(_handle, &stackId, v) : MapElements.Lookup(_handle, &stackId, v);
            if (take && -result is (int)BpfErrno.ENOTSUPP or (int)BpfErrno.EOPNOTSUPP or (int)BpfErrno.EINVAL)
            {
                result = MapElements.Lookup(_handle, &stackId, v);
                result = result < 0 ? result : MapElements.Delete(_handle, &stackId);
            }

            if (result < 0 && !IsAbsent(result))
            {
                MapErrors.ThrowLookup(Map, result);
            }

            return result >= 0;
        }
    }

    /// <summary>Numbers that no stack can have (a program's error, for example) are E2BIG to the kernel when it deletes.</summary>
    private static bool IsAbsent(int result) => result == MapElements.NotFound || -result == (int)BpfErrno.E2BIG;

    private static int DepthOf<T>(ReadOnlySpan<T> value)
        where T : unmanaged, IEquatable<T>
    {
        int end = value.IndexOf(default(T));
        return end < 0 ? value.Length : end;
    }

    private void RequireForm(bool buildIds)
    {
        if (HasBuildIds != buildIds)
        {
            throw new InvalidOperationException($"The stacks in {Map} consist of {(HasBuildIds ? "build ids and places in files (BPF_F_STACK_BUILD_ID): use TryGetBuildIds, or Resolve with ProcessSymbols" : "addresses: use TryGetAddresses")}.");
        }
    }
}

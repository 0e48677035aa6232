using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// A kernel struct of functions that programs implement (<c>BPF_MAP_TYPE_STRUCT_OPS</c>, Linux 5.6), for example a TCP congestion control
/// (<c>struct tcp_congestion_ops</c>). Loading the object creates the map and verifies the programs; the kernel uses them from when it is attached.
/// </summary>
/// <remarks>Members may be called from several threads.</remarks>
public sealed unsafe class BpfStructOpsMap
{
    private const int StateOffset = sizeof(uint); // After the count of references.

    private readonly byte[] _value;
    private readonly (string Member, int Offset, BpfProgram Program)[] _functions;

    /// <param name="map">The map.</param>
    /// <param name="typeName">The kernel's name of the struct.</param>
    /// <param name="value">What the map is filled with, without the programs.</param>
    /// <param name="functions">The programs, and where in the value their descriptors go.</param>
    internal BpfStructOpsMap(BpfMap map, string typeName, byte[] value, (string Member, int Offset, BpfProgram Program)[] functions)
    {
        Map = map;
        TypeName = typeName;
        _value = value;
        _functions = functions;
        Programs = functions.ToDictionary(function => function.Member, function => function.Program, StringComparer.Ordinal);
    }

    /// <summary>The map that this is a view of.</summary>
    public BpfMap Map { get; }

    /// <summary>The kernel's name of the struct, for example <c>tcp_congestion_ops</c>.</summary>
    public string TypeName { get; }

    /// <summary>Whether a link registers it (section <c>.struct_ops.link</c>, <c>BPF_F_LINK</c>, Linux 6.4); else it is registered as it is filled.</summary>
    public bool IsForLinks => (Map.Flags & BpfMapFlags.Link) != 0;

    /// <summary>The programs by the functions that they implement.</summary>
    public IReadOnlyDictionary<string, BpfProgram> Programs { get; }

    /// <summary>What the kernel does with it at this moment (<c>BPF_MAP_LOOKUP_ELEM</c>).</summary>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The map was disposed.</exception>
    public BpfStructOpsState State => ReadState(Map);

    /// <summary>The map as messages call it.</summary>
    public override string ToString() => $"the struct {TypeName} of {Map}";

    internal static BpfStructOpsState ReadState(BpfMap map)
    {
        byte[] value = new byte[map.ValueSize];
        int key = 0;
        fixed (byte* bytes = value)
        {
            int result = MapElements.Lookup(map.Handle, &key, bytes);
            if (result < 0)
            {
                MapErrors.ThrowLookup(map, result);
            }
        }

        return (BpfStructOpsState)MemoryMarshal.Read<int>(value.AsSpan(StateOffset));
    }

    /// <summary>Gives the map its value, which can be done once: for links it is ready then, else it is registered.</summary>
    internal BpfErrno Fill()
    {
        using var held = new BpfHandleSet();
        byte[] value = [.. _value];
        foreach ((_, int offset, BpfProgram program) in _functions)
        {
            ulong descriptor = (ulong)held.Hold(program.Handle);
            MemoryMarshal.Write(value.AsSpan(offset), in descriptor);
        }

        int key = 0;
        fixed (byte* bytes = value)
        {
            int result = MapElements.Update(Map.Handle, &key, bytes, 0);
            return result < 0 ? (BpfErrno)(-result) : BpfErrno.None;
        }
    }
}

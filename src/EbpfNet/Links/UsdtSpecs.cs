using System.Runtime.CompilerServices;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What an object's USDT programs are told of their probes: for each probe where its arguments are, by a number; and, where the kernel has no cookies, the number by address.</summary>
internal sealed unsafe class UsdtSpecs
{
    public const string MapName = "__bpf_usdt_specs";
    public const string PlacesMapName = "__bpf_usdt_ip_to_spec_id";

    private static readonly ConditionalWeakTable<BpfMap, UsdtSpecs> Known = [];

    private readonly Lock _gate = new();
    private readonly BpfMap _map;
    private readonly UsdtLayout _layout;
    private readonly Stack<uint> _free = new();
    private uint _next;

    private UsdtSpecs(BpfMap map) => (_map, _layout) = (map, UsdtLayout.Of(map));

    /// <summary>Those of an object.</summary>
    /// <param name="map">Its map of them.</param>
    public static UsdtSpecs Of(BpfMap map) => Known.GetValue(map, key => new UsdtSpecs(key));

    /// <summary>Writes where a probe's arguments are.</summary>
    /// <returns>The number that its programs are told.</returns>
    public uint Add(IReadOnlyList<UsdtArgument> arguments, ulong cookie)
    {
        byte[] bytes = _layout.Write(arguments, cookie);
        lock (_gate)
        {
            uint id = _free.TryPop(out uint free) ? free : _next;
            if (id >= _map.MaxEntries)
            {
                throw new BpfNotSupportedException($"A USDT probe beside {_map.MaxEntries} others of one object", $"its map '{MapName}' is full: set MaxEntries of it before the load");
            }

            fixed (byte* value = bytes)
            {
                Require(MapElements.Update(_map.Handle, &id, value, 0), "write where the arguments of a USDT probe are");
            }

            _next = Math.Max(_next, id + 1);
            return id;
        }
    }

    /// <summary>Says that a number is not used any more.</summary>
    public void Free(uint id)
    {
        lock (_gate)
        {
            _free.Push(id);
        }
    }

    /// <summary>Writes the number of a probe for an address.</summary>
    public static void SetPlace(BpfMap places, ulong address, uint id) => Require(MapElements.Update(places.Handle, &address, &id, 0), "write which USDT probe is at an address");

    /// <summary>Removes it; one that is gone already is no error.</summary>
    public static void ClearPlace(BpfMap places, ulong address) => _ = MapElements.Delete(places.Handle, &address);

    private static void Require(int result, string operation)
    {
        if (result < 0)
        {
            throw SyscallErrors.Create((BpfErrno)(-result), BpfCommand.MapUpdateElem, operation, (BpfErrno)(-result) == BpfErrno.E2BIG ? "The map is full: set its MaxEntries before the load" : null);
        }
    }
}

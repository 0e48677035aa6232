using System.Globalization;
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
    private readonly Dictionary<uint, Spec> _used = [];
    private readonly Dictionary<ulong, Place> _places = [];
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
            uint id = _free.TryPeek(out uint free) ? free : _next;
            if (id >= _map.MaxEntries)
            {
                throw new BpfNotSupportedException($"A USDT probe beside {_map.MaxEntries} others of one object", $"its map '{MapName}' is full: set MaxEntries of it before the load");
            }

            fixed (byte* value = bytes)
            {
                Require(MapElements.Update(_map.Handle, &id, value, 0), "write where the arguments of a USDT probe are");
            }

            _ = _free.TryPop(out _);
            _next = Math.Max(_next, id + 1);
            _used.Add(id, new Spec(bytes));
            return id;
        }
    }

    /// <summary>Says that a number is not used any more by the one who added it.</summary>
    public void Free(uint id)
    {
        lock (_gate)
        {
            LetGo(id);
        }
    }

    /// <summary>Writes the number of a probe for an address. All programs of the object that are attached there are told the same.</summary>
    /// <exception cref="BpfNotSupportedException">Another link told its program something else of this address.</exception>
    public void SetPlace(BpfMap places, ulong address, uint id)
    {
        lock (_gate)
        {
            if (_places.TryGetValue(address, out Place? there))
            {
                if (!_used[there.Spec].Bytes.AsSpan().SequenceEqual(_used[id].Bytes))
                {
                    throw new BpfNotSupportedException(
                        string.Create(CultureInfo.InvariantCulture, $"Two programs of one object on the USDT probe at address 0x{address:x}, with cookies or arguments that differ"),
                        "this kernel has no cookies, so that programs know probes by their addresses only: give both the same cookie, or load the object twice",
                        new Version(5, 15));
                }

                there.Users++;
                return;
            }

            Require(MapElements.Update(places.Handle, &address, &id, 0), "write which USDT probe is at an address");
            _places.Add(address, new Place(id));
            _used[id].Users++;
        }
    }

    /// <summary>Says that one link less is at an address; the last removes what was written for it. An object that is closed meanwhile takes its maps along.</summary>
    public void ClearPlace(BpfMap places, ulong address)
    {
        lock (_gate)
        {
            Place there = _places[address];
            if (--there.Users > 0)
            {
                return;
            }

            _places.Remove(address);
            LetGo(there.Spec);
            try
            {
                _ = MapElements.Delete(places.Handle, &address);
            }
            catch (ObjectDisposedException)
            {
                // Its maps went with the programs.
            }
        }
    }

    private void LetGo(uint id)
    {
        if (--_used[id].Users == 0)
        {
            _used.Remove(id);
            _free.Push(id);
        }
    }

    private static void Require(int result, string operation)
    {
        if (result < 0)
        {
            throw SyscallErrors.Create((BpfErrno)(-result), BpfCommand.MapUpdateElem, operation, (BpfErrno)(-result) == BpfErrno.E2BIG ? "The map is full: set its MaxEntries before the load" : null);
        }
    }

    /// <summary>What programs are told by a number.</summary>
    private sealed class Spec(byte[] bytes)
    {
        public byte[] Bytes { get; } = bytes;

        /// <summary>Who added it, and the addresses that have its number.</summary>
        public int Users { get; set; } = 1;
    }

    /// <summary>The number that is told at an address, and for how many links.</summary>
    private sealed class Place(uint spec)
    {
        public uint Spec { get; } = spec;

        public int Users { get; set; } = 1;
    }
}

using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// One walk over a map's elements, beneath all enumerators: by batches where the kernel has them (Linux 5.6), else key by key.
/// It ends, and shows no key twice, however the map changes meanwhile.
/// </summary>
/// <remarks>
/// A batch of a hash table consists of whole buckets and its cursor is a bucket's number: nothing can be shown twice or be missed. Everywhere else the
/// cursor is a key, and the kernel begins anew when that key has gone: then what was shown already is remembered and passed over.
/// Cursors are used again: <see cref="MapWalk"/> hands them out.
/// </remarks>
internal sealed unsafe class MapCursor
{
    private const int BatchBytes = 64 * 1024;
    private const int SmallestBatch = 32;

    private readonly KeySet _shown = new();
    private BpfMap _map = null!; // Set as long as a walk lasts.
    private int _keySize;
    private int _valueSize;
    private int _keysAt;
    private byte[] _buffer = []; // The cursor, the keys, the values.
    private int _capacity;
    private int _valuesAt;
    private int _count;
    private int _index = -1;
    private long _fruitless;
    private bool _hasCursor;
    private bool _remembers; // Whether _shown is in use.
    private Stage _stage;

    private enum Stage : byte
    {
        Batches,
        Keys,
        Done,
    }

    /// <summary>Counts the walks, so that a copy of an enumerator that outlived its own can tell.</summary>
    public int WalkNumber { get; private set; }

    /// <summary>The next one that waits to be used again.</summary>
    public MapCursor? NextSpare { get; set; }

    public ref byte Key => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_buffer), _keysAt + (_index * _keySize));

    public ReadOnlySpan<byte> Value => _buffer.AsSpan(_valuesAt + (_index * _valueSize), _valueSize);

    public ref byte ValueStart => ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_buffer), _valuesAt + (_index * _valueSize));

    /// <summary>Whether <see cref="Key"/> and <see cref="Value"/> may be read: the walk has begun and not ended.</summary>
    public bool IsOnElement => (uint)_index < (uint)_count;

    private bool IsArray => _map.Type is BpfMapType.Array or BpfMapType.PerCpuArray or BpfMapType.ArrayOfMaps or BpfMapType.ProgArray
        or BpfMapType.SockMap or BpfMapType.ReusePortSockArray or BpfMapType.DevMap or BpfMapType.CpuMap;

    /// <summary>
    /// A list is gone through once. Older kernels do not see its end, and make up one more key from what lies beside it: one without an element as a rule, but it may
    /// be that of an element, from which they would go on for ever.
    /// </summary>
    private bool IsList => _map.Type is BpfMapType.CgroupStorage or BpfMapType.PerCpuCgroupStorage;

    /// <param name="map">The map.</param>
    /// <param name="valueSize">What user space gets of one element: for per-CPU kinds the values of all CPUs; 0 to see the keys only.</param>
    public void Begin(BpfMap map, int valueSize)
    {
        _map = map;
        _keySize = map.KeySize;
        _valueSize = valueSize;
        _keysAt = (Math.Max(_keySize, sizeof(uint)) + 7) & ~7;
        (_count, _index, _fruitless, _hasCursor) = (0, -1, 0, false);
        int capacity = Math.Clamp(BatchBytes / (_keySize + _valueSize), SmallestBatch, BatchBytes);
        Resize((int)Math.Min((uint)capacity, Math.Max(map.MaxEntries, 1)));
        _stage = map.HasBatches == false || valueSize == 0 ? Stage.Keys : Stage.Batches;
        if (map.Type == BpfMapType.LpmTrie || _stage == Stage.Keys)
        {
            RememberShown();
        }
    }

    public bool MoveNext()
    {
        while (true)
        {
            if (++_index < _count)
            {
                if (!_remembers || _stage == Stage.Keys || IsNew())
                {
                    return true;
                }
            }
            else if (!Fetch())
            {
                return false;
            }
        }
    }

    public void End()
    {
        WalkNumber++;
        ArrayPool<byte>.Shared.Return(_buffer);
        (_map, _buffer, _count, _index, _stage) = (null!, [], 0, -1, Stage.Done);
        if (_remembers)
        {
            _shown.End();
            _remembers = false;
        }
    }

    private bool Fetch()
    {
        _index = -1;
        _count = 0;
        return _stage switch
        {
            Stage.Batches => FetchBatch(),
            Stage.Keys => FetchByKey(),
            _ => false,
        };
    }

    private bool FetchBatch()
    {
        while (true)
        {
            uint count = (uint)_capacity;
            int result;
            fixed (byte* buffer = _buffer)
            {
                result = MapElements.Batch(BpfCommand.MapLookupBatch, _map.Handle, _hasCursor ? buffer : null, buffer, buffer + _keysAt, buffer + _valuesAt, ref count, _map.LockFlag);
            }

            switch ((BpfErrno)(-Math.Min(result, 0)))
            {
                case BpfErrno.None:
                    _map.HasBatches = true;
                    _hasCursor = true;
                    _count = (int)Math.Min(count, (uint)_capacity);
                    return true;
                case BpfErrno.ENOENT:
                    // The end, which may come together with the last elements.
                    _stage = Stage.Done;
                    _count = (int)Math.Min(count, (uint)_capacity);
                    return _count > 0;
                case BpfErrno.ENOSPC:
                    // One bucket alone holds more than there is room for.
                    Resize(checked(_capacity * 2));
                    break;
                case BpfErrno.EINTR:
                    // An element went while the kernel read it; older kernels then give what they have.
                    _count = (int)Math.Min(count, (uint)_capacity);
                    _hasCursor |= _count > 0;
                    if (_count > 0)
                    {
                        return true;
                    }

                    CountFruitless();
                    break;
                case BpfErrno.ENOTSUPP or BpfErrno.EINVAL when !_hasCursor && _map.HasBatches != true:
                    _map.HasBatches = false;
                    _stage = Stage.Keys;
                    RememberShown();
                    return FetchByKey();
                default:
                    throw MapErrors.Create(_map, BpfCommand.MapLookupBatch, result, "enumerate");
            }
        }
    }

    private bool FetchByKey()
    {
        fixed (byte* buffer = _buffer)
        {
            byte* key = buffer + _keysAt;
            while (true)
            {
                int result = MapElements.NextKey(_map.Handle, _hasCursor ? buffer : null, key);
                if (result == MapElements.NotFound)
                {
                    _stage = Stage.Done;
                    return false;
                }

                if (result < 0)
                {
                    throw MapErrors.Create(_map, BpfCommand.MapGetNextKey, result, "enumerate");
                }

                new ReadOnlySpan<byte>(key, _keySize).CopyTo(new Span<byte>(buffer, _keySize));
                _hasCursor = true;
                if (_remembers && !_shown.Add(new ReadOnlySpan<byte>(key, _keySize)))
                {
                    if (IsList)
                    {
                        _stage = Stage.Done;
                        return false;
                    }

                    CountFruitless();
                    continue;
                }

                result = _valueSize == 0 ? 0 : MapElements.Lookup(_map.Handle, key, buffer + _valuesAt, _map.LockFlag);
                if (result >= 0)
                {
                    _fruitless = 0;
                    _count = 1;
                    return true;
                }

                if (result != MapElements.NotFound)
                {
                    throw MapErrors.Create(_map, BpfCommand.MapLookupElem, result, "enumerate");
                }

                CountFruitless();
            }
        }
    }

    private void RememberShown()
    {
        // An array's keys never go.
        if (!_remembers && !IsArray)
        {
            _shown.Begin(_keySize);
            _remembers = true;
        }
    }

    private bool IsNew()
    {
        if (_shown.Add(MemoryMarshal.CreateReadOnlySpan(ref Key, _keySize)))
        {
            _fruitless = 0;
            return true;
        }

        CountFruitless();
        return false;
    }

    private void CountFruitless()
    {
        long most = 16L * (_map.MaxEntries + 64L);
        if (++_fruitless > most || _shown.Count > most)
        {
            throw new InvalidOperationException($"The elements of {_map} come and go faster than they can be enumerated; stop removing elements meanwhile{(_map.Type is BpfMapType.Hash or BpfMapType.LruHash or BpfMapType.PerCpuHash or BpfMapType.LruPerCpuHash ? ", or enumerate on a kernel from 5.6 on, which reads a hash table in batches" : "")}.");
        }
    }

    private void Resize(int capacity)
    {
        int valuesAt = (_keysAt + checked(capacity * _keySize) + 7) & ~7;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(checked(valuesAt + (capacity * _valueSize)));
        if (_buffer.Length > 0)
        {
            _buffer.AsSpan(0, _keysAt).CopyTo(buffer);
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        (_buffer, _capacity, _valuesAt) = (buffer, capacity, valuesAt);
    }
}

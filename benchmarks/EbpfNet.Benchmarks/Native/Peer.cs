using System.Runtime.InteropServices;

namespace EbpfNet.Benchmarks;

/// <summary>
/// One way of doing the work in C: over the bare calls of the kernel, or over libbpf. Both libraries export the same functions
/// (<c>native/map_loops.h</c>, <c>raw_*.c</c>, <c>libbpf_*.c</c>).
/// </summary>
internal sealed unsafe class Peer
{
    private readonly nint _library;
    private readonly delegate* unmanaged<int, byte*, uint, uint, nint, uint, ulong*, nint> _lookup;
    private readonly delegate* unmanaged<int, byte*, uint, uint, nint, uint, nint> _update;
    private readonly delegate* unmanaged<int, byte*, uint, uint, nint, uint, nint> _replace;
    private readonly delegate* unmanaged<int, byte*, uint, uint, nint, uint, nint> _take;
    private readonly delegate* unmanaged<int, uint, ulong*, nint> _walk;
    private readonly delegate* unmanaged<int, byte*, ulong*, uint, uint, ulong*, nint> _walkBatches;
    private readonly delegate* unmanaged<int, byte*, ulong*, uint, nint, nint> _readBatch;
    private readonly delegate* unmanaged<int, byte*, ulong*, uint, nint, nint> _writeBatch;
    private readonly delegate* unmanaged<int, byte*, ulong*, uint, nint, nint> _replaceBatch;

    private Peer(nint library, string name)
    {
        _library = library;
        Name = name;
        _lookup = (delegate* unmanaged<int, byte*, uint, uint, nint, uint, ulong*, nint>)Export("peer_lookup");
        _update = (delegate* unmanaged<int, byte*, uint, uint, nint, uint, nint>)Export("peer_update");
        _replace = (delegate* unmanaged<int, byte*, uint, uint, nint, uint, nint>)Export("peer_replace");
        _take = (delegate* unmanaged<int, byte*, uint, uint, nint, uint, nint>)Export("peer_take");
        _walk = (delegate* unmanaged<int, uint, ulong*, nint>)Export("peer_walk");
        _walkBatches = (delegate* unmanaged<int, byte*, ulong*, uint, uint, ulong*, nint>)Export("peer_walk_batches");
        _readBatch = (delegate* unmanaged<int, byte*, ulong*, uint, nint, nint>)Export("peer_read_batch");
        _writeBatch = (delegate* unmanaged<int, byte*, ulong*, uint, nint, nint>)Export("peer_write_batch");
        _replaceBatch = (delegate* unmanaged<int, byte*, ulong*, uint, nint, nint>)Export("peer_replace_batch");
    }

    /// <summary>Whether the C side is built at all.</summary>
    public static bool IsBuilt => File.Exists(PathOf("raw"));

    /// <summary>The bare calls.</summary>
    public static Peer Raw { get; } = new(NativeLibrary.Load(PathOf("raw")), "bare calls");

    /// <summary>libbpf, if it could be had.</summary>
    public static Peer? Libbpf { get; } = LoadLibbpf();

    /// <exception cref="InvalidOperationException">It is not there.</exception>
    public static Peer RequiredLibbpf => Libbpf ?? throw new InvalidOperationException("libbpf is not built: benchmarks/build-native.sh says why.");

    /// <summary>As the tables call it.</summary>
    public string Name { get; }

    /// <returns>The sum of all values.</returns>
    public ulong Lookup(int map, byte* keys, uint keySize, uint mask, int count, uint words)
    {
        ulong sum;
        Require(_lookup(map, keys, keySize, mask, count, words, &sum) == 0);
        return sum;
    }

    public void Update(int map, byte* keys, uint keySize, uint mask, int count, uint words) => Require(_update(map, keys, keySize, mask, count, words) == 0);

    public void Replace(int map, byte* keys, uint keySize, uint mask, int count, uint words) => Require(_replace(map, keys, keySize, mask, count, words) == 0);

    public void Take(int map, byte* keys, uint keySize, uint mask, int count, uint words) => Require(_take(map, keys, keySize, mask, count, words) == 0);

    /// <summary>From key to key, with a lookup for each.</summary>
    public ulong Walk(int map, uint words, int expected)
    {
        ulong sum;
        Require(_walk(map, words, &sum) == expected);
        return sum;
    }

    public ulong WalkBatches(int map, byte* keys, ulong* values, uint room, uint words, int expected)
    {
        ulong sum;
        Require(_walkBatches(map, keys, values, room, words, &sum) == expected);
        return sum;
    }

    public void ReadBatch(int map, byte* keys, ulong* values, uint room, int rounds) => Require(_readBatch(map, keys, values, room, rounds) == 0);

    public void WriteBatch(int map, byte* keys, ulong* values, uint room, int rounds) => Require(_writeBatch(map, keys, values, room, rounds) == 0);

    public void ReplaceBatch(int map, byte* keys, ulong* values, uint room, int rounds) => Require(_replaceBatch(map, keys, values, room, rounds) == 0);

    public PeerRing OpenRing(int map, int size) => new(this, map, size);

    public PeerPerf OpenPerf(int map, int bytesPerCpu, int cpus) => new(this, map, bytesPerCpu, cpus);

    /// <summary>Opens, loads and closes an object; libbpf only.</summary>
    public void Load(string path, int count)
    {
        fixed (byte* text = System.Text.Encoding.UTF8.GetBytes(path + '\0'))
        {
            Require(((delegate* unmanaged<byte*, nint, nint>)Export("peer_load"))(text, count) == 0);
        }
    }

    public nint Export(string name) => NativeLibrary.GetExport(_library, name);

    public bool TryExport(string name, out nint function) => NativeLibrary.TryGetExport(_library, name, out function);

    public static void Require(bool succeeded)
    {
        if (!succeeded)
        {
            throw new InvalidOperationException("The C side failed in the middle of a measurement.");
        }
    }

    private static Peer? LoadLibbpf()
    {
        if (!File.Exists(PathOf("libbpf")))
        {
            return null;
        }

        nint library = NativeLibrary.Load(PathOf("libbpf"));
        var version = (delegate* unmanaged<byte*>)NativeLibrary.GetExport(library, "peer_version");
        return new Peer(library, $"libbpf {Marshal.PtrToStringUTF8((nint)version())!.TrimStart('v')}");
    }

    private static string PathOf(string peer) => Path.Combine(AppContext.BaseDirectory, $"libpeer_{peer}.so");
}

using System.Globalization;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>
/// Where an object's global variables are in its arena: at the end, in whole pages, as libbpf has them since 1.7, or, in large arenas, as far back as programs can say.
/// At the start, the first would be taken for NULL where the lower half of the arena's address is zero.
/// </summary>
internal static unsafe class ArenaGlobals
{
    /// <summary>Kernels before 7.0 let no instruction name what is further from the start (<c>BPF_MAX_VAR_OFF</c>).</summary>
    private const long Reach = 1 << 29;

    public static bool IsArena(BpfMapSpec map) => map.Type == BpfMapType.Arena;

    /// <summary>The distance of the variables' section from the start of the arena, in bytes.</summary>
    /// <exception cref="BpfNotSupportedException">The arena is too small for them.</exception>
    public static long Start(BpfMapSpec map)
    {
        long page = (long)MemoryMapping.PageSize;
        long pages = (map.InitialValue.Length + page - 1) / page;
        return pages <= map.MaxEntries
            ? Math.Min(map.MaxEntries * page, Reach) - (pages * page)
            : throw new BpfNotSupportedException(
                string.Create(CultureInfo.InvariantCulture, $"An arena of {map.MaxEntries} pages for {map.InitialValue.Length} bytes of global variables"),
                $"they need {pages} pages of {page} bytes; give map '{map.Name}' more with MaxEntries");
    }

    /// <summary>The kernel takes no program that uses an arena before that has its addresses, and those come from the first mapping.</summary>
    public static void RequireMapped(BpfMap made)
    {
        if (made.Type == BpfMapType.Arena && made.TryGetMemory() is null)
        {
            throw new BpfNotSupportedException($"Arena '{made.Name}'", "it was created without BPF_F_MMAPABLE, which every arena needs");
        }
    }

    /// <summary>Gives the variables what they start with, and so memory: programs do not see pages that nobody has touched.</summary>
    public static void Fill(BpfMapSpec map, BpfMap made)
    {
        if (!map.InitialValue.IsEmpty)
        {
            using MemoryMapping.Lease memory = made.TryGetMemory()!.AcquireForWriting();
            map.InitialValue.Span.CopyTo(new Span<byte>(memory.Address + Start(map), map.InitialValue.Length));
        }
    }
}

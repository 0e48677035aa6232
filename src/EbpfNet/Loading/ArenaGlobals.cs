using System.Globalization;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>
/// Where an object's global variables are in its arena, as libbpf has them since 1.7: at the end, in whole pages, on kernels that let programs name every byte of it (7.0); else at the
/// start, where a pointer to the first is taken for NULL if the lower half of the arena's address is zero.
/// </summary>
internal static unsafe class ArenaGlobals
{
    public static bool IsArena(BpfMapSpec map) => map.Type == BpfMapType.Arena;

    /// <summary>The distance of the variables' section from the start of the arena, in bytes.</summary>
    /// <exception cref="BpfNotSupportedException">The arena is too small for them.</exception>
    public static long Start(BpfMapSpec map)
    {
        long page = (long)MemoryMapping.PageSize;
        long pages = (map.InitialValue.Length + page - 1) / page;
        return pages <= map.MaxEntries
            ? ArenaProbes.FullReach.IsPresent ? (map.MaxEntries - pages) * page : 0
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

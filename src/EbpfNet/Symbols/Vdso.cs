namespace EbpfNet;

/// <summary>The small library that the kernel puts into every process (<c>[vdso]</c>). It is the same in all, so that this process's own will do.</summary>
internal static unsafe class Vdso
{
    public static byte[]? TryRead()
    {
        try
        {
            foreach (MemoryRegion region in MemoryRegion.ParseCode(File.ReadAllBytes("/proc/self/maps")))
            {
                if (region.Name == "[vdso]")
                {
                    return new ReadOnlySpan<byte>((void*)region.Start, checked((int)(region.End - region.Start))).ToArray();
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No /proc: then nobody asks for its symbols.
        }

        return null;
    }
}

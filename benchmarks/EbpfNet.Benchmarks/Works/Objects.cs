namespace EbpfNet.Benchmarks;

/// <summary>The objects whose programs fill buffers; they are the tests'.</summary>
internal static class Objects
{
    public static string PathOf(string name) => Path.Combine(AppContext.BaseDirectory, name);

    /// <summary>Loads an object with one of its programs.</summary>
    /// <param name="name">The file.</param>
    /// <param name="program">The program.</param>
    /// <param name="bytes">The size of the ring buffer, for objects that have one.</param>
    public static BpfObject Load(string name, string program, int? bytes = null)
    {
        BpfObjectSpec spec = BpfObjectSpec.ReadFile(PathOf(name));
        if (bytes is { } size)
        {
            spec.Maps["events"].MaxEntries = (uint)size;
        }

        foreach (BpfProgramSpec each in spec.Programs)
        {
            each.AutoLoad = each.Name == program;
        }

        return BpfObject.Load(spec);
    }
}

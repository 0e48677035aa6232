namespace EbpfNet.KernelTests;

/// <summary>The prebuilt objects of <c>tests/bpf</c>, which stand beside the test assembly.</summary>
internal static class TestObjects
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "objects");

    public static string PathOf(string name) => Path.Combine(Folder, name + ".bpf.o");

    public static BpfObjectSpec Read(string name) => BpfObjectSpec.ReadFile(PathOf(name));

    /// <summary>The spec with only one program to be loaded.</summary>
    public static BpfObjectSpec ReadOnly(string name, params string[] programs)
    {
        BpfObjectSpec spec = Read(name);
        foreach (BpfProgramSpec program in spec.Programs)
        {
            program.AutoLoad = programs.Contains(program.Name);
        }

        return spec;
    }
}

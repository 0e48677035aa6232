using EbpfNet.Abi;

namespace EbpfNet.Tool.Inspect;

/// <summary>The kernel's constants as bpftool and libbpf call them: <c>xdp</c>, <c>lru_hash</c>, <c>tcx_ingress</c>.</summary>
internal static class Names
{
    internal static string Of(BpfProgramType type) => Short(type.CName(), "BPF_PROG_TYPE_");

    internal static string Of(BpfMapType type) => Short(type.CName(), "BPF_MAP_TYPE_");

    internal static string Of(BpfLinkType type) => Short(type.CName(), "BPF_LINK_TYPE_");

    internal static string Of(BpfAttachType type) => Short(type.CName(), "BPF_");

    /// <summary>A program's name; <see langword="null"/> where there is none, or it is gone meanwhile.</summary>
    internal static string? OfProgram(uint id)
    {
        if (id == 0)
        {
            return null;
        }

        try
        {
            using BpfProgram program = BpfProgram.OpenById(id);
            return program.Name;
        }
        catch (BpfException)
        {
            return null;
        }
    }

    private static string Short(string name, string prefix) => name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..].ToLowerInvariant() : name;
}

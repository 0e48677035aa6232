using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Which kind of object a descriptor stands for: a pin or an inherited descriptor does not say.</summary>
internal static class ObjectKind
{
    public const string Map = "bpf-map";
    public const string Program = "bpf-prog";
    public const string Link = "bpf_link";

    /// <summary>Refuses a pin of another kind than was asked for.</summary>
    public static void Require(BpfHandle handle, string kind, string path)
    {
        string? found = Read(handle);
        if (found is not null && found != kind)
        {
            throw new BpfNotSupportedException($"opening '{path}' as a {Describe(kind)}", $"what is pinned there is a {Describe(found)}");
        }
    }

    /// <summary>Whether it is a link; yes where /proc does not tell.</summary>
    public static bool IsLink(BpfHandle handle) => Read(handle) is null or Link;

    /// <summary>The name of the anonymous inode behind a descriptor, or <see langword="null"/> where /proc does not tell.</summary>
    private static string? Read(BpfHandle handle)
    {
        using BpfHandle.Lease fd = handle.Acquire();
        try
        {
            // "anon_inode:bpf-map"; links stand there in brackets on some kernels.
            string? target = new FileInfo($"/proc/self/fd/{fd.Fd}").LinkTarget;
            return target?.Split(':')[^1].Trim('[', ']').Replace("bpf-link", Link, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string Describe(string kind) => kind switch
    {
        Map => "BPF map",
        Program => "BPF program",
        Link => "BPF link",
        _ => kind,
    };
}

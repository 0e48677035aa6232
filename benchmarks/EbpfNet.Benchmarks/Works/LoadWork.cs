namespace EbpfNet.Benchmarks;

/// <summary>Opening, loading and closing an object.</summary>
internal sealed class LoadWork(string name)
{
    /// <summary>240 CO-RE relocations: what it costs to find the kernel's types.</summary>
    public const string CoreMany = "core_many.bpf.o";

    /// <summary>Objects that are loaded: one for each field of work, and none that keeps the verifier busy for long.</summary>
    public static readonly string[] Names = ["xdp_drop.bpf.o", "maps_basic.bpf.o", "globals.bpf.o", CoreMany];

    private readonly string _path = Objects.PathOf(name);

    public void Load(Peer peer, int count) => peer.Load(_path, count);

    public void Load(int count)
    {
        for (int i = 0; i < count; i++)
        {
            using BpfObject loaded = BpfObject.Load(_path);
        }
    }
}

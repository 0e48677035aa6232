using DemoNetwork;

namespace EbpfNet.ExampleTests;

/// <summary>What a test needs of the machine: skips with the reason where it is missing.</summary>
internal static class Requires
{
    private static readonly Lazy<string?> WhyNoHosts = new(() =>
    {
        if (!OperatingSystem.IsLinux())
        {
            return "eBPF and network namespaces are Linux only";
        }

        try
        {
            using NetworkHost left = NetworkHost.Create("left");
            using NetworkSwitch hub = NetworkSwitch.Create();
            hub.Plug(left, "eth0", System.Net.IPAddress.Parse("192.0.2.1"), 24);
            return null;
        }
        catch (NetworkHostException e)
        {
            return e.Message;
        }
    });

    private static readonly Lazy<string?> WhyNoBpf = new(() =>
    {
        try
        {
            _ = BpfProgram.GetIds();
            return null;
        }
        catch (BpfException e)
        {
            return e.Message;
        }
    });

    /// <summary>Root, network namespaces, veth pairs and bridges.</summary>
    internal static void NetworkHosts() => Skip.If(WhyNoHosts.Value is not null, WhyNoHosts.Value);

    /// <summary>The same, and a kernel that lets this process use BPF.</summary>
    internal static void Bpf()
    {
        NetworkHosts();
        Skip.If(WhyNoBpf.Value is not null, WhyNoBpf.Value);
    }
}

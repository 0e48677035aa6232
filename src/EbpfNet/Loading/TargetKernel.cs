using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>The kernel that one load is for: its types, opened when something asks for them and kept until the load is done.</summary>
internal sealed class TargetKernel(KernelBtf? given) : ICoreTarget
{
    private KernelBtf? _running = given is { IsRunningKernel: true } ? given : null;

    /// <summary>Whether types were given that need not be the running kernel's.</summary>
    public bool IsGiven => given is not null;

    public BtfSpec Kernel => (given ?? Running).Vmlinux;

    public IReadOnlyList<BtfSpec> Modules => (given ?? Running).LoadModules();

    /// <summary>The types of the kernel that programs are loaded into, which is what ids refer to, whatever they are adapted to.</summary>
    public KernelBtf Running => _running ??= KernelBtf.OpenRunning();

    /// <summary>The same, with its modules.</summary>
    public ICoreTarget RunningTypes => new RunningTarget(this);

    /// <summary>Refuses a program that needs the kernel's types on a kernel that keeps them to itself.</summary>
    public static void RequireTypes(string program, string why, string? otherWay = null)
    {
        if (KernelProbes.KernelTypes.IsMissing)
        {
            throw new BpfNotSupportedException(
                $"Loading program '{program}'",
                $"it needs the kernel's types, because {why}, and this kernel does not give them: {KernelProbes.KernelTypesFile} is missing. Boot a kernel built with CONFIG_DEBUG_INFO_BTF, {otherWay}or set Programs[\"{program}\"].AutoLoad to false",
                new Version(5, 4));
        }
    }

    private sealed class RunningTarget(TargetKernel kernel) : ICoreTarget
    {
        public BtfSpec Kernel => kernel.Running.Vmlinux;

        public IReadOnlyList<BtfSpec> Modules => kernel.Running.LoadModules();
    }
}

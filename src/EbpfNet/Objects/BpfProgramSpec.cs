using EbpfNet.Abi;
using EbpfNet.Instructions;
using EbpfNet.Objects;

namespace EbpfNet;

/// <summary>A program as an object defines it. What its section name says can be changed before it is loaded.</summary>
public sealed class BpfProgramSpec
{
    internal BpfProgramSpec(BpfFunction function, SectionName section)
    {
        Function = function;
        Definition = section.Definition;
        AutoLoad = section.AutoLoad;
        AttachTarget = section.Target;
        if (section.Definition is { } definition)
        {
            Type = definition.Type;
            ExpectedAttachType = definition.AttachType;
            IsSleepable = definition.Has(SectionTraits.Sleepable);
            HasFragments = definition.Has(SectionTraits.Fragments);
        }
    }

    /// <summary>The name of the program's function in C.</summary>
    public string Name => Function.Name;

    /// <summary>The name of the ELF section, for example <c>fentry/tcp_connect</c>, without the question mark that stands for <see cref="AutoLoad"/> being off.</summary>
    public string SectionName => Function.SectionName.StartsWith('?') ? Function.SectionName[1..] : Function.SectionName;

    /// <summary>
    /// The type (<c>prog_type</c>); <see cref="BpfProgramType.Unspecified"/> when the section's name does not tell: set it, or the program cannot be loaded.
    /// </summary>
    public BpfProgramType Type { get; set; }

    /// <summary>The hook that the program is verified for (<c>expected_attach_type</c>); the zero value where the section's name does not tell or the type has just one.</summary>
    public BpfAttachType ExpectedAttachType { get; set; }

    /// <summary>What the section's name says after its first slash: the function, tracepoint or other thing to attach to. <see langword="null"/> when it says nothing.</summary>
    public string? AttachTarget { get; set; }

    /// <summary>Whether the program may sleep (<c>BPF_F_SLEEPABLE</c>, Linux 5.10).</summary>
    public bool IsSleepable
    {
        get => (Flags & BpfProgramFlags.Sleepable) != 0;
        set => Flags = value ? Flags | BpfProgramFlags.Sleepable : Flags & ~BpfProgramFlags.Sleepable;
    }

    /// <summary>Whether an XDP program can deal with packets in several buffers (<c>xdp.frags</c>: <c>BPF_F_XDP_HAS_FRAGS</c>, Linux 5.18).</summary>
    public bool HasFragments
    {
        get => (Flags & BpfProgramFlags.XdpHasFrags) != 0;
        set => Flags = value ? Flags | BpfProgramFlags.XdpHasFrags : Flags & ~BpfProgramFlags.XdpHasFrags;
    }

    /// <summary>How the program is loaded (<c>prog_flags</c>).</summary>
    public BpfProgramFlags Flags { get; set; }

    /// <summary>
    /// The network interface, by name, that the program is loaded for and can only be attached to (<c>prog_ifindex</c>); <see langword="null"/>, as most often, for any. An XDP program
    /// may then read the interface's metadata (<c>bpf_xdp_metadata_rx_timestamp</c> and its like; <c>BPF_F_XDP_DEV_BOUND_ONLY</c>, Linux 6.3).
    /// </summary>
    public string? Device { get; set; }

    /// <summary>Whether <see cref="Device"/> itself is to run the program, instead of the kernel: few can (Linux 4.16).</summary>
    public bool IsOffloaded { get; set; }

    /// <summary>Whether loading the object loads the program; false when the section's name starts with a question mark.</summary>
    public bool AutoLoad { get; set; }

    /// <summary>The code as compiled: this function alone, nothing relocated. One element per slot of 8 bytes.</summary>
    public ReadOnlyMemory<BpfInstruction> Instructions => Function.Instructions;

    /// <summary>The function, with its references.</summary>
    internal BpfFunction Function { get; }

    /// <summary>The loaded program, a <c>BpfProgram</c>, that <see cref="AttachTarget"/> is a function of; <see langword="null"/> when it is the kernel's.</summary>
    internal object? TargetProgram { get; set; }

    /// <summary>What is known of sections of this name; <see langword="null"/> when nothing is.</summary>
    internal SectionDefinition? Definition { get; }

    /// <inheritdoc/>
    public override string ToString() => $"program '{Name}' ({SectionName})";
}

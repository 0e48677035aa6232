namespace EbpfNet;

/// <summary>Features of the kernel's that are neither a type of program, map, hook or link nor a helper. Each names the first version that has it; distributions add features to older ones.</summary>
public enum KernelFeature
{
    /// <summary>Maps and programs have names. Linux 4.15.</summary>
    ObjectNames = 1,

    /// <summary>BTF can be loaded, which tells the kernel the types of a program's. Linux 4.18.</summary>
    Btf,

    /// <summary>The kernel gives its own types (<c>/sys/kernel/btf/vmlinux</c>), which CO-RE needs. Linux 5.4, built with <c>CONFIG_DEBUG_INFO_BTF</c>.</summary>
    KernelTypes,

    /// <summary>Programs say which function and source line their instructions belong to. Linux 5.0.</summary>
    FunctionInfo,

    /// <summary>Programs say which hook they are for (<c>expected_attach_type</c>). Linux 4.17.</summary>
    ExpectedAttachType,

    /// <summary>Programs have global variables. Linux 5.2.</summary>
    GlobalData,

    /// <summary>Programs have functions of their own to call. Linux 4.16.</summary>
    Functions,

    /// <summary>Programs call functions of the kernel's that are no helpers (kfuncs). Linux 5.13.</summary>
    KernelFunctions,

    /// <summary>Programs have loops whose end the verifier can see. Linux 5.3.</summary>
    BoundedLoops,

    /// <summary>Programs have more than 4,096 instructions, up to a million. Linux 5.2; takes CAP_BPF.</summary>
    LargePrograms,

    /// <summary>The instructions of <c>-mcpu=v1</c>: whether programs can be loaded at all. Linux 3.18.</summary>
    InstructionSetV1,

    /// <summary>The instructions of <c>-mcpu=v2</c>: jumps if below. Linux 4.14.</summary>
    InstructionSetV2,

    /// <summary>The instructions of <c>-mcpu=v3</c>: jumps that compare 32 bits. Linux 5.1.</summary>
    InstructionSetV3,

    /// <summary>The instructions of <c>-mcpu=v4</c>: moves and loads with a sign, signed division, byte swaps, long jumps. Linux 6.6.</summary>
    InstructionSetV4,

    /// <summary>Atomic operations on memory that give back what was there. Linux 5.12.</summary>
    AtomicInstructions,

    /// <summary>Loads that acquire and stores that release. Linux 6.15.</summary>
    AcquireReleaseInstructions,

    /// <summary>Loops that the kernel ends when they take too long (<c>may_goto</c>). Linux 6.9.</summary>
    MayGotoInstruction,

    /// <summary>BTF says that functions are global. Linux 5.6.</summary>
    BtfGlobalFunctions,

    /// <summary>BTF has sections without variables. Linux 5.12.</summary>
    BtfEmptySections,

    /// <summary>BTF has sections whose name starts with a question mark (<c>SEC("?...")</c>). Linux 6.9.</summary>
    BtfOptionalSections,

    /// <summary>BTF has tags that are C attributes. Linux 6.15.</summary>
    BtfAttributes,

    /// <summary>Arrays can be mapped into this process's memory. Linux 5.5.</summary>
    MmapableArrays,

    /// <summary>Many elements of a map are read and written in one request; which kinds of map can is told by <c>EOPNOTSUPP</c> of those that cannot. Linux 5.6.</summary>
    MapBatches,

    /// <summary>Maps can be frozen: user space gives up writing to them. Linux 5.2.</summary>
    MapFreezing,

    /// <summary>An element of a per-CPU map is read and written for one CPU. Linux 7.0.</summary>
    SingleCpuElements,

    /// <summary>Programs can name every byte of an arena, however large. Linux 7.0.</summary>
    ArenaFullReach,

    /// <summary>Attachments that a file descriptor holds (<c>bpf_link</c>). Linux 5.7.</summary>
    Links,

    /// <summary>Links can be detached while others hold them. Linux 5.9.</summary>
    LinkDetaching,

    /// <summary>Netlink replaces an XDP program only if it is the expected one. Linux 5.7.</summary>
    XdpExpectedProgram,

    /// <summary>Programs on tracepoints and probes are told a number of their attachment's (<c>bpf_cookie</c>). Linux 5.15.</summary>
    AttachCookies,

    /// <summary>Helpers of their own read the kernel's memory and user space's. Linux 5.5.</summary>
    ProbeReadKernel,

    /// <summary>Programs attach to functions of the kernel through perf events (kprobes). Linux 4.17, built with <c>CONFIG_KPROBE_EVENTS</c>.</summary>
    Kprobes,

    /// <summary>Programs attach to functions of processes through perf events (uprobes). Linux 4.17, built with <c>CONFIG_UPROBE_EVENTS</c>.</summary>
    Uprobes,

    /// <summary>Programs are read like a file, and list objects of the kernel's (iterators). Linux 5.8.</summary>
    Iterators,

    /// <summary>What a privileged process may do with BPF can be delegated to a user namespace (BPF tokens). Linux 6.9.</summary>
    Tokens,
}

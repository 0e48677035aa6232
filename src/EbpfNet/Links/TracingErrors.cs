using EbpfNet.Abi;
using EbpfNet.Kernel;
using EbpfNet.Loading;

namespace EbpfNet;

/// <summary>What went wrong with a program for a tracepoint or a function, and what to do about it.</summary>
internal static class TracingErrors
{
    public static BpfException Attach(BpfProgram program, BpfCommand command, BpfErrno error) => SyscallErrors.Create(
        error,
        command,
        $"attach {program}{To(program)}",
        error switch
        {
            BpfErrno.EINVAL or BpfErrno.ENOENT when program.Type == BpfProgramType.Ext =>
                "A replacement that was detached is attached again by AttachReplacement with the program and the function; so is one to more than one place (Linux 5.10)",
            BpfErrno.EBUSY when program.Type == BpfProgramType.Ext => "The function is replaced already, or programs that trace it are attached",
            BpfErrno.ENOENT => "Before Linux 5.12 a program that was detached is not attached again: load its object again",
            BpfErrno.EBUSY => "The function was replaced by a program (freplace), or is traced in another way that excludes this one",
            BpfErrno.E2BIG => "More programs are attached to this function than the kernel allows",
            BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP => "This kernel has no trampolines on this processor (arm64: Linux 6.0), or the function cannot be traced: use a raw tracepoint (tp_btf) or a kprobe",
            _ => null,
        });

    public static BpfException RawTracepoint(BpfProgram program, string name, BpfErrno error) => SyscallErrors.Create(
        error,
        BpfCommand.RawTracepointOpen,
        $"attach {program} to raw tracepoint '{name}'",
        error switch
        {
            BpfErrno.ENOENT => $"The kernel has no tracepoint of this name{KernelNames.Suggest(name, KernelNames.RawTracepoints)}; /sys/kernel/tracing/available_events lists them as group:name",
            BpfErrno.EINVAL when program.Type == BpfProgramType.RawTracepointWritable => "The program reads more arguments than the tracepoint has, or writes more than it lets programs write, which is nothing for most",
            BpfErrno.EINVAL => "The program reads more arguments than the tracepoint has",
            _ => null,
        });

    public static BpfException NoCookie(BpfProgram program, Version since) =>
        new BpfNotSupportedException($"Attaching {program}{To(program)} with a cookie", "this kernel has none for programs of this kind", since);

    public static BpfException Replacement(BpfProgram program, BpfProgram target, string function, BpfErrno error) => SyscallErrors.Create(
        error,
        BpfCommand.LinkCreate,
        $"attach {program} in the place of '{function}' of {target}",
        error switch
        {
            BpfErrno.EBUSY => "The function is replaced already, or programs that trace it are attached",
            BpfErrno.EINVAL => "The function has other parameters than the one that the replacement was loaded for, its program is of another type, or the kernel is older than 5.10",
            _ => null,
        });

    private static string To(BpfProgram program) => program.AttachTarget is { } target ? $" to '{target}'" : "";
}

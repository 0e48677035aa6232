using System.Runtime.InteropServices;

namespace EbpfNet.Kernel;

/// <summary>What differs between the processors that are supported. Tables, so that both are tested on either.</summary>
internal sealed record KernelArchitecture(Architecture Architecture, int BpfSyscallNumber, int PerfEventOpenSyscallNumber, int GetThreadIdSyscallNumber, int MemoryBarrierSyscallNumber, string SystemCallPrefix)
{
    public static readonly KernelArchitecture X64 = new(Architecture.X64, BpfSyscallNumber: 321, PerfEventOpenSyscallNumber: 298, GetThreadIdSyscallNumber: 186, MemoryBarrierSyscallNumber: 324, SystemCallPrefix: "__x64_sys_");

    public static readonly KernelArchitecture Arm64 = new(Architecture.Arm64, BpfSyscallNumber: 280, PerfEventOpenSyscallNumber: 241, GetThreadIdSyscallNumber: 178, MemoryBarrierSyscallNumber: 283, SystemCallPrefix: "__arm64_sys_");

    private static readonly KernelArchitecture? Running = OperatingSystem.IsLinux() ? For(RuntimeInformation.ProcessArchitecture) : null;

    /// <summary>The one of this process; a system that has none is refused before the first system call.</summary>
    public static KernelArchitecture Current => Running ?? throw new PlatformNotSupportedException(
        $"EbpfNet loads BPF on Linux on x64 and arm64; this is {RuntimeInformation.OSDescription} on {RuntimeInformation.ProcessArchitecture}. Parsing objects works everywhere.");

    public static KernelArchitecture? For(Architecture architecture) => architecture switch
    {
        Architecture.X64 => X64,
        Architecture.Arm64 => Arm64,
        _ => null,
    };

    /// <summary>
    /// The names that the kernel's function behind a system call may have, the likeliest first: that of kernels with wrappers around them (Linux 4.17 on x86-64, 4.19 on arm64), those of
    /// kernels without.
    /// </summary>
    public string[] FunctionsOfSystemCall(string name) => [SystemCallPrefix + name, "__se_sys_" + name, "SyS_" + name, "sys_" + name];
}

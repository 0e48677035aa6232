namespace EbpfNet.Tool.Check;

/// <summary>One word for how an attempt ended: <c>ok</c>, what the kernel answered (<c>EINVAL</c>), or what was refused without asking it.</summary>
internal static class Verdict
{
    internal const string Ok = "ok";

    /// <summary>It took longer than it may.</summary>
    internal const string Timeout = "timeout";

    /// <summary>The process that tried it ended: a defect of this program.</summary>
    internal const string Crash = "crash";

    private const string Unreadable = "unreadable"; // the file is missing, or may not be read
    private const string Format = "format"; // no BPF object, or a malformed one
    private const string Relocation = "relocation"; // refers to something that is not there
    private const string Unsupported = "unsupported"; // needs what this kernel, or EbpfNet, does not have

    internal static string Of(Exception e) => e switch
    {
        BpfVerifierException verifier => verifier.Error.ToString(),
        BpfSyscallException refused => refused.Error.ToString(),
        BpfObjectFormatException => Format,
        BpfRelocationException => Relocation,
        BpfNotSupportedException or PlatformNotSupportedException => Unsupported,
        IOException or UnauthorizedAccessException => Unreadable,
        _ => Crash,
    };

    /// <summary>The sentences for a person; for a defect all there is to find it by.</summary>
    internal static string Explain(Exception e) => Of(e) == Crash ? $"A defect of ebpfnet: {e}" : e.Message;
}

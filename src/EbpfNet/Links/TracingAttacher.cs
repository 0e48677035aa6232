using EbpfNet.Abi;
using EbpfNet.Kernel;
using EbpfNet.Loading;

namespace EbpfNet;

/// <summary>Attaches programs that were loaded for one place in the kernel: by a link of that kind, else by the call for raw tracepoints, which took them first.</summary>
internal static class TracingAttacher
{
    private static readonly BpfAttachType[] TracingTypes =
        [BpfAttachType.TraceRawTp, BpfAttachType.TraceFentry, BpfAttachType.TraceFexit, BpfAttachType.ModifyReturn, BpfAttachType.TraceFsession];

    /// <summary>
    /// Whether <c>BPF_LINK_CREATE</c> takes such programs (Linux 5.19). It is not tried out ahead: the real request tells, and a program of such a kind takes the kernel a while to attach.
    /// </summary>
    public static readonly FeatureProbe ByLinkCreate = new(static () => FeatureAnswer.Inconclusive);

    /// <summary>Attaches a program to what it was loaded for.</summary>
    /// <exception cref="BpfNotSupportedException">The kernel has no cookies for such programs.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    public static BpfHandle Attach(BpfProgram program, ulong cookie)
    {
        // What a type that is not the program's is answered says nothing; the answer to its own does.
        BpfErrno refusal = BpfErrno.EINVAL;
        BpfAttachType[] types = TypesOf(program);
        foreach (BpfAttachType type in ByLinkCreate.IsMissing ? [] : types.Where(type => !IsCookieLost(type, cookie)))
        {
            BpfErrno error = KernelLinks.Create(program.Handle, new LinkCreateAttribute { AttachType = type, TracingCookie = cookie }, out BpfHandle? link);
            if (link is not null)
            {
                return link;
            }

            refusal = refusal == BpfErrno.EINVAL ? error : refusal;
        }

        if (refusal != BpfErrno.EINVAL)
        {
            throw TracingErrors.Attach(program, BpfCommand.LinkCreate, refusal);
        }

        if (cookie != 0)
        {
            throw types.Any(type => IsCookieLost(type, cookie)) ? TracingErrors.NoCookie(program, new Version(6, 10))
                : ByLinkCreate.IsMissing || FunctionProbes.Cookies.IsMissing ? TracingErrors.NoCookie(program, types is [BpfAttachType.TraceRawTp] ? new Version(6, 10) : new Version(5, 19))
                : TracingErrors.Attach(program, BpfCommand.LinkCreate, refusal);
        }

        BpfErrno opening = RawTracepoints.Open(program.Handle, null, 0, out BpfHandle? opened);
        return opened ?? throw TracingErrors.Attach(program, BpfCommand.RawTracepointOpen, opening);
    }

    /// <summary>Refuses a program of another type, or that was loaded for something else.</summary>
    public static void Require(BpfProgram program, BpfProgramType type, BpfAttachType[] attachTypes, string what, string others)
    {
        // Of a program that was opened by pin or id nobody says what it was loaded for.
        if (program.Type != type || (program.SectionName is not null && attachTypes.Length > 0 && !attachTypes.Contains(program.ExpectedAttachType)))
        {
            string hook = program.ExpectedAttachType == default ? "" : $" for {program.ExpectedAttachType.CName()}";
            throw new ArgumentException($"Only {what} can be attached so; {program} is of type {program.Type.CName()}{hook}{others}.", nameof(program));
        }
    }

    /// <summary>From Linux 5.19 to 6.9 the kernel takes a cookie for a tracepoint and forgets it.</summary>
    private static bool IsCookieLost(BpfAttachType type, ulong cookie) => type == BpfAttachType.TraceRawTp && cookie != 0 && TracingProbes.RawTracepointCookies.IsMissing;

    private static BpfAttachType[] TypesOf(BpfProgram program) =>
        program.SectionName is null && program.ExpectedAttachType == default && program.Type == BpfProgramType.Tracing ? TracingTypes
        : program.SectionName is null && program.ExpectedAttachType == default && program.Type == BpfProgramType.Lsm ? [BpfAttachType.LsmMac]
        : [program.ExpectedAttachType];
}

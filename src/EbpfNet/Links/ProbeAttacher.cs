using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches programs to probes, one by one.</summary>
internal static class ProbeAttacher
{
    /// <summary>Attaches a program to a probe.</summary>
    /// <param name="program">The program.</param>
    /// <param name="request">The probe.</param>
    /// <param name="target">What it is called in messages.</param>
    /// <param name="cookie">The number that the program is told.</param>
    /// <param name="explain">What an answer means for this probe.</param>
    public static PerfEventAttachment Attach(BpfProgram program, ProbeRequest request, string target, ulong? cookie, Func<BpfErrno, string?> explain)
    {
        PerfEventAttachment? attachment = TryAttach(program, request, target, cookie, out BpfErrno error, out string call);
        return attachment ?? throw Refusal(program, request, target, error, call, explain(error));
    }

    /// <returns>The attachment, or <see langword="null"/> when there is no such probe.</returns>
    public static PerfEventAttachment? TryAttach(BpfProgram program, ProbeRequest request, string target, ulong? cookie, out BpfErrno error, out string call)
    {
        error = request.Open(out BpfHandle? perfEvent, out TraceProbe? definition, out call);
        if (perfEvent is null)
        {
            return null;
        }

        error = PerfEventAttachment.Attach(program, perfEvent, cookie ?? 0, definition, out PerfEventAttachment? attachment);
        return attachment ?? throw PerfEventErrors.Attach(program, HookOf(request), target, error);
    }

    public static BpfException Refusal(BpfProgram program, ProbeRequest request, string target, BpfErrno error, string call, string? advice) =>
        PerfEventErrors.Open(program, HookOf(request), target, call, error, advice);

    /// <summary>Refuses a program that cannot be on one probe.</summary>
    public static void Require(BpfProgram program, ulong? cookie, string multiCall)
    {
        if (program.Type != BpfProgramType.Kprobe)
        {
            throw new ArgumentException($"Only programs of type kprobe can be attached to functions so; {program} is of type {program.Type.CName()}.", nameof(program));
        }

        if (program.ExpectedAttachType is BpfAttachType.TraceKprobeMulti or BpfAttachType.TraceKprobeSession or BpfAttachType.TraceUprobeMulti or BpfAttachType.TraceUprobeSession)
        {
            throw new ArgumentException($"{program} was loaded as {program.ExpectedAttachType.CName()}, for many functions at once: attach it with {multiCall}, or load it from another section.", nameof(program));
        }

        PerfEventAttachment.RequireCookies(program, cookie);
    }

    public static PerfEventHook HookOf(ProbeRequest request) => (request.IsUser, request.Return) switch
    {
        (true, false) => PerfEventHook.Uprobe,
        (true, true) => PerfEventHook.Uretprobe,
        (false, false) => PerfEventHook.Kprobe,
        (false, true) => PerfEventHook.Kretprobe,
    };
}

using System.Text;
using EbpfNet.Instructions;
using EbpfNet.Kernel;

namespace EbpfNet.Features;

/// <summary>The kernel's answer to a program that was loaded to see what it says.</summary>
/// <param name="Error">The error code.</param>
/// <param name="Log">What the verifier wrote; empty where the request did not get to it.</param>
internal readonly record struct TrialAnswer(BpfErrno Error, string Log);

/// <summary>Loads programs, and lets them go at once.</summary>
internal static unsafe class ProgramTrial
{
    private const int LogSize = 4096;

    /// <summary>Loads it with a log.</summary>
    public static TrialAnswer Ask(ProgramForm form, ReadOnlySpan<BpfInstruction> code)
    {
        byte* log = stackalloc byte[LogSize];
        log[0] = 0;
        BpfErrno error = Load(form, code, log, LogSize, out BpfHandle? program);
        program?.Dispose();
        ReadOnlySpan<byte> text = new(log, LogSize);
        int end = text.IndexOf((byte)0);
        return new TrialAnswer(error, Encoding.UTF8.GetString(text[..(end < 0 ? LogSize : end)]));
    }

    /// <summary>Loads it without a log, which is quicker.</summary>
    public static BpfErrno Try(ProgramForm form, ReadOnlySpan<BpfInstruction> code)
    {
        BpfErrno error = Load(form, code, null, 0, out BpfHandle? program);
        program?.Dispose();
        return error;
    }

    /// <summary>Loads it, to try something with it.</summary>
    public static BpfErrno Load(ProgramForm form, out BpfHandle? program) => Load(form, form.Nothing, null, 0, out program);

    private static BpfErrno Load(ProgramForm form, ReadOnlySpan<BpfInstruction> code, byte* log, uint logSize, out BpfHandle? program)
    {
        fixed (BpfInstruction* instructions = code)
        fixed (byte* license = "GPL\0"u8)
        {
            var attribute = new ProgramLoadAttribute
            {
                ProgType = form.Type,
                ExpectedAttachType = form.Hook,
                ProgFlags = form.Flags,
                AttachBtfId = form.Target,
                Insns = instructions,
                InsnCnt = (uint)code.Length,
                License = license,
                KernVersion = RunningKernel.VersionCode,
                LogBuf = log,
                LogSize = logSize,
                LogLevel = log is null ? 0u : 1u,
            };
            return BpfSyscall.InvokeForHandle(BpfCommand.ProgLoad, &attribute, out program);
        }
    }
}

using EbpfNet.Instructions;
using EbpfNet.Kernel;

namespace EbpfNet.Features;

/// <summary>Which instructions, and which shapes of program, the verifier takes.</summary>
internal static class InstructionProbes
{
    private const int OldLimit = 4096;
    private const string End = "end";

    /// <summary>What all kernels with BPF take.</summary>
    public static readonly FeatureProbe V1 = Probe(code => code);

    /// <summary>Jumps if below (Linux 4.14).</summary>
    public static readonly FeatureProbe V2 = Probe(code => code.Mov64(BpfRegister.R0, 1).Jlt(BpfRegister.R0, 2, End).Mov64(BpfRegister.R0, 0).Label(End));

    /// <summary>Jumps that compare 32 bits (Linux 5.1).</summary>
    public static readonly FeatureProbe V3 = Probe(code => code.Mov64(BpfRegister.R0, 1).Jeq32(BpfRegister.R0, 2, End).Mov64(BpfRegister.R0, 0).Label(End));

    /// <summary>Moves and loads with a sign, signed division, unconditional swaps of bytes, long jumps (Linux 6.6).</summary>
    public static readonly FeatureProbe V4 = Probe(code => code
        .Mov64(BpfRegister.R1, 6).MovSx64(BpfRegister.R2, BpfRegister.R1, 8).SDiv64(BpfRegister.R2, 3).ByteSwap(BpfRegister.R2, 64)
        .Store64(BpfRegister.R10, -8, 1).LoadSigned8(BpfRegister.R3, BpfRegister.R10, -8).GotoLong(End).Label(End));

    /// <summary>Operations on memory that give back what was there (Linux 5.12).</summary>
    public static readonly FeatureProbe Atomics = Probe(code => code
        .Store64(BpfRegister.R10, -8, 1).Mov64(BpfRegister.R1, 2).AtomicFetchAdd(BpfSize.DoubleWord, BpfRegister.R10, -8, BpfRegister.R1));

    /// <summary>Loads that acquire and stores that release (Linux 6.15).</summary>
    public static readonly FeatureProbe AcquireRelease = Probe(code => code
        .Store64(BpfRegister.R10, -8, 1).LoadAcquire(BpfSize.DoubleWord, BpfRegister.R1, BpfRegister.R10, -8).StoreRelease(BpfSize.DoubleWord, BpfRegister.R10, -8, BpfRegister.R1));

    /// <summary>Loops that the kernel ends (Linux 6.9).</summary>
    public static readonly FeatureProbe MayGoto = Probe(code => code.Label("again").MayGoto(End).Goto("again").Label(End));

    /// <summary>Functions of a program's own (Linux 4.16).</summary>
    public static readonly FeatureProbe Functions = Probe(code => code.Call("function").Mov64(BpfRegister.R0, 0).Exit().Label("function"));

    /// <summary>Loops that the verifier sees the end of (Linux 5.3).</summary>
    public static readonly FeatureProbe BoundedLoops = Probe(code => code.Mov64(BpfRegister.R0, 4).Label("again").Sub64(BpfRegister.R0, 1).Jne(BpfRegister.R0, 0, "again"));

    /// <summary>Programs of more than 4,096 instructions (Linux 5.2; for those with CAP_BPF).</summary>
    public static readonly FeatureProbe LargePrograms = Probe(code =>
    {
        for (int i = 0; i < OldLimit; i++)
        {
            code.Mov64(BpfRegister.R0, 0);
        }

        return code;
    });

    /// <summary>Calls of functions of the kernel's that are no helpers (Linux 5.13): the complaint about one that is none differs from that about a call of a form that nothing has.</summary>
    public static readonly FeatureProbe KernelFunctions = new(() =>
    {
        if (KernelProbes.KernelTypes.Answer != FeatureAnswer.Yes)
        {
            return FeatureFinding.Unknown("such functions are called by their type, and the kernel does not give its types (/sys/kernel/btf/vmlinux)");
        }

        const BpfPseudoCall NoForm = (BpfPseudoCall)7;
        TrialAnswer call = Ask(new BpfInstruction(BpfOpcode.Call).WithPseudoCall(BpfPseudoCall.Kfunc).WithImmediate(1));
        TrialAnswer nothing = Ask(new BpfInstruction(BpfOpcode.Call).WithPseudoCall(NoForm).WithImmediate(1));
        return nothing.Error != BpfErrno.EINVAL ? FeatureReasons.Inconclusive(nothing.Error, RequiredCapabilities.OfProgram(ProgramForm.Plain.Type))
            : call.Error is BpfErrno.EOPNOTSUPP or BpfErrno.ENOTSUPP ? new FeatureFinding(FeatureAnswer.No, "the JIT compiler of this machine does not know such calls")
            : call.Error != BpfErrno.EINVAL && call.Error != BpfErrno.EACCES ? FeatureReasons.Inconclusive(call.Error, RequiredCapabilities.OfProgram(ProgramForm.Plain.Type))
            : HelperProbes.Generalise(call.Log) == HelperProbes.Generalise(nothing.Log) ? FeatureAnswer.No : FeatureAnswer.Yes;
    });

    private static TrialAnswer Ask(BpfInstruction call) => ProgramTrial.Ask(ProgramForm.Plain, ProgramForm.Plain.Append(new BpfAssembler().Emit(call)));

    /// <summary>A refusal counts only when a program that does nothing is taken.</summary>
    private static FeatureProbe Probe(Func<BpfAssembler, BpfAssembler> write)
    {
        ProgramForm form = ProgramForm.Plain;
        return new FeatureProbe(() =>
        {
            BpfErrno error = ProgramTrial.Try(form, form.Append(write(new BpfAssembler())));
            FeatureAnswer answer = KernelProbes.Compare(() => error, () => ProgramTrial.Try(form, form.Nothing));
            return answer switch
            {
                FeatureAnswer.Inconclusive => FeatureReasons.Inconclusive(error, RequiredCapabilities.OfProgram(form.Type)),

                // From those who have no capabilities the kernel takes such programs only if it is set so, and then less of them.
                FeatureAnswer.No when FeatureReasons.FindMissingCapabilities() is { } lack => FeatureFinding.Unknown(lack),
                _ => answer,
            };
        });
    }
}

using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>The smallest program there is, with which probes ask what can be done with one.</summary>
internal static unsafe class SmallestProgram
{
    private const ulong ReturnZero = 0x00000000_000000b7; // r0 = 0
    private const ulong Exit = 0x00000000_00000095;

    /// <summary>Loads <c>return result</c>.</summary>
    /// <returns><see langword="null"/> where the kernel refuses it: that says nothing about what was to be done with it.</returns>
    public static BpfHandle? Load(BpfProgramType type, uint result = 0, BpfAttachType attachType = 0, uint attachBtfId = 0) =>
        TryLoad(type, result, attachType, attachBtfId, out BpfHandle? program) == BpfErrno.None ? program : null;

    /// <summary>The same, with the reason for a refusal.</summary>
    public static BpfErrno TryLoad(BpfProgramType type, uint result, BpfAttachType attachType, uint attachBtfId, out BpfHandle? program)
    {
        ReadOnlySpan<ulong> code = [ReturnZero | ((ulong)result << 32), Exit];
        fixed (ulong* instructions = code)
        fixed (byte* license = "GPL\0"u8)
        {
            var attribute = new ProgramLoadAttribute
            {
                ProgType = type,
                ExpectedAttachType = attachType,
                AttachBtfId = attachBtfId,
                InsnCnt = (uint)code.Length,
                Insns = instructions,
                License = license,
                KernVersion = RunningKernel.VersionCode,
            };
            return BpfSyscall.InvokeForHandle(BpfCommand.ProgLoad, &attribute, out program);
        }
    }

    /// <summary>Whether the kernel has links to hooks that a descriptor names: asked with a descriptor that is none, which only such a kernel finds out.</summary>
    public static FeatureAnswer TryLinkToNothing(BpfProgramType type, BpfAttachType attachType, uint result = 0, BpfAttachType expectedAttachType = 0)
    {
        using BpfHandle? program = Load(type, result, expectedAttachType);
        if (program is null)
        {
            return FeatureAnswer.Inconclusive; // No right to load, or no memory: says nothing about links.
        }

        BpfErrno error = KernelLinks.Create(program, new LinkCreateAttribute { TargetFd = -1, AttachType = attachType }, out BpfHandle? link);
        link?.Dispose();
        return JudgeLinkToNothing(error);
    }

    /// <summary>What the answer to a link to a descriptor that is none means.</summary>
    internal static FeatureAnswer JudgeLinkToNothing(BpfErrno error) => error switch
    {
        BpfErrno.EBADF => FeatureAnswer.Yes,
        BpfErrno.EINVAL => FeatureAnswer.No, // Also a kernel without links.
        _ => FeatureAnswer.Inconclusive,
    };
}

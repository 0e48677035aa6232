using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>What the kernel's network namespaces can do, found by trying it.</summary>
internal static unsafe class NetnsProbes
{
    /// <summary>Whether programs are attached to network namespaces through links (flow dissectors: Linux 5.8).</summary>
    public static readonly FeatureProbe Links = new(TryLink);

    private static FeatureAnswer TryLink()
    {
        ReadOnlySpan<ulong> code = [0x0000_0000_0000_00b7, 0x0000_0000_0000_0095]; // r0 = 0; exit
        fixed (ulong* instructions = code)
        fixed (byte* license = "MIT\0"u8)
        {
            var load = new ProgramLoadAttribute { ProgType = BpfProgramType.FlowDissector, ExpectedAttachType = BpfAttachType.FlowDissector, InsnCnt = (uint)code.Length, Insns = instructions, License = license };
            _ = BpfSyscall.InvokeForHandle(BpfCommand.ProgLoad, &load, out BpfHandle? program);
            using (program)
            {
                if (program is null)
                {
                    return FeatureAnswer.Inconclusive;
                }

                // No descriptor has this number: a kernel that has such links looks for it, and says that it is none.
                BpfErrno error = KernelLinks.Create(program, new LinkCreateAttribute { TargetFd = -1, AttachType = BpfAttachType.FlowDissector }, out BpfHandle? link);
                link?.Dispose();
                return error switch
                {
                    BpfErrno.EBADF => FeatureAnswer.Yes,
                    BpfErrno.EINVAL => FeatureAnswer.No,
                    _ => FeatureAnswer.Inconclusive,
                };
            }
        }
    }
}

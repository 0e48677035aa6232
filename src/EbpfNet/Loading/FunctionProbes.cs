using System.Text;
using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>What the kernel can do with programs for its functions: asked of the verifier with the smallest there is, on a function that is there for tests; nothing is attached.</summary>
internal static unsafe class FunctionProbes
{
    private const ulong CallCookie = 0x00000000_00000085 | ((ulong)BpfHelper.GetAttachCookie << 32);
    private const ulong ReturnZero = 0x00000000_000000b7; // r0 = 0
    private const ulong Exit = 0x00000000_00000095;

    /// <summary>Programs on functions are told a number of their attachment's (Linux 5.19): the helper came with it.</summary>
    public static readonly FeatureProbe Cookies = new(() => KernelProbes.Compare(() => TryLoad([CallCookie, ReturnZero, Exit]), () => TryLoad([ReturnZero, Exit])));

    private static BpfErrno TryLoad(ulong[] code)
    {
        var ids = new List<BtfTypeId>();
        KernelBtf? kernel = KernelBtf.TryOpenRunning();
        kernel?.Vmlinux.FindOwnIds(Encoding.UTF8.GetBytes("bpf_fentry_test1"), BtfKind.Function.ToSet(), ids);
        GC.KeepAlive(kernel);
        if (ids.Count == 0)
        {
            return BpfErrno.ENOENT;
        }

        fixed (ulong* instructions = code)
        fixed (byte* license = "GPL\0"u8)
        {
            var attribute = new ProgramLoadAttribute
            {
                ProgType = BpfProgramType.Tracing,
                ExpectedAttachType = BpfAttachType.TraceFentry,
                AttachBtfId = ids[0].Value,
                InsnCnt = (uint)code.Length,
                Insns = instructions,
                License = license,
            };
            BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.ProgLoad, &attribute, out BpfHandle? program);
            program?.Dispose();
            return error;
        }
    }
}

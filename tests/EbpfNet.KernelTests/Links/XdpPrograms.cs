using EbpfNet.Abi;
using EbpfNet.Instructions;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>Programs that decide the same about every packet.</summary>
internal static unsafe class XdpPrograms
{
    public static BpfProgram Drop() => Load("drop_all", BpfProgramType.Xdp, (int)XdpAction.Drop);

    public static BpfProgram Pass() => Load("pass_all", BpfProgramType.Xdp, (int)XdpAction.Pass);

    public static BpfProgram SocketFilter() => Load("no_xdp", BpfProgramType.SocketFilter, 0);

    public static BpfProgram ForCpuMap() => Load("for_cpumap", BpfProgramType.Xdp, (int)XdpAction.Pass, BpfAttachType.XdpCpuMap);

    public static BpfProgram SocketLookup() => Load("look_up", BpfProgramType.SkLookup, 1, BpfAttachType.SkLookup);

    private static BpfProgram Load(string name, BpfProgramType type, int result, BpfAttachType attachType = default)
    {
        BpfInstruction[] code = new BpfAssembler().Mov64(BpfRegister.R0, result).Exit().ToArray();
        byte[] bytes = BpfInstructionCodec.Encode(code, bigEndian: !BitConverter.IsLittleEndian);
        fixed (byte* instructions = bytes)
        fixed (byte* license = "MIT\0"u8)
        {
            var attribute = new ProgramLoadAttribute
            {
                ProgType = type,
                ExpectedAttachType = attachType,
                InsnCnt = (uint)code.Length,
                Insns = instructions,
                License = license,
                ProgName = KernelName.From(name),
            };
            BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.ProgLoad, &attribute, out BpfHandle? handle);
            Assert.Equal(BpfErrno.None, error);
            return BpfProgram.FromLoaded(handle!, name, type, attachType, sectionName: null);
        }
    }
}

using EbpfNet.Abi;
using EbpfNet.Instructions;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Loading;

/// <summary>What messages say about missing capabilities, beside what the running kernel asks for.</summary>
public sealed unsafe class RequiredCapabilityTests : KernelTest
{
    public static TheoryData<BpfProgramType> ProgramTypes => [.. Enum.GetValues<BpfProgramType>().Where(type => type != BpfProgramType.Unspecified)];

    public static TheoryData<BpfMapType> MapTypes => [.. Enum.GetValues<BpfMapType>().Where(type => type != BpfMapType.Unspecified)];

    [SkippableTheory]
    [MemberData(nameof(ProgramTypes))]
    public void Programs_load_with_the_capabilities_named_and_not_with_CAP_BPF_alone_where_there_are_more(BpfProgramType type) =>
        Check(RequiredCapabilities.OfProgram(type), () => TryLoad(type));

    [SkippableTheory]
    [MemberData(nameof(MapTypes))]
    public void Maps_are_created_with_the_capabilities_named_and_not_with_CAP_BPF_alone_where_there_are_more(BpfMapType type) =>
        Check(RequiredCapabilities.OfMap(type), () => TryCreate(type));

    [SkippableFact]
    public void To_see_what_others_have_takes_CAP_SYS_ADMIN()
    {
        RequiredCapabilities required = RequiredCapabilities.OfCall("BPF_LINK_GET_NEXT_ID");

        Assert.Equal(["CAP_SYS_ADMIN"], required.FindMissing(Capabilities.Bpf | Capabilities.NetAdmin, areSplit: true));
        Assert.Empty(required.FindMissing(Capabilities.SysAdmin, areSplit: true));
    }

    [SkippableFact]
    public void What_an_administrator_lacks_for_the_network_is_named_where_one_capability_does_not_include_the_other()
    {
        Assert.Equal(["CAP_NET_ADMIN"], RequiredCapabilities.OfCall("RTM_SETLINK").FindMissing(Capabilities.SysAdmin | Capabilities.Bpf, areSplit: true));
        Assert.Equal(["CAP_NET_ADMIN"], RequiredCapabilities.OfMap(BpfMapType.SockMap).FindMissing(Capabilities.SysAdmin, areSplit: true));
        Assert.Empty(RequiredCapabilities.OfProgram(BpfProgramType.Xdp).FindMissing(Capabilities.SysAdmin, areSplit: true));
    }

    [SkippableFact]
    public void On_kernels_without_CAP_BPF_it_is_CAP_SYS_ADMIN_that_is_missing() =>
        Assert.Equal(["CAP_SYS_ADMIN"], RequiredCapabilities.OfProgram(BpfProgramType.Kprobe).FindMissing(Capabilities.None, areSplit: false));

    private static void Check(RequiredCapabilities required, Func<BpfErrno> attempt)
    {
        Skip.IfNot(OwnCapabilities.AreSplit, "this kernel has no CAP_BPF");
        BpfErrno asRoot = attempt();
        Assert.Equal(asRoot, With(required.Needed));
        if (asRoot == BpfErrno.None && required.Needed != Capabilities.Bpf)
        {
            Assert.Equal(BpfErrno.EPERM, With(Capabilities.Bpf)); // Of a refused request, a kernel may not know the kind.
        }

        BpfErrno With(Capabilities kept)
        {
            BpfErrno error = default;
            Assert.Null(WithoutCapabilities.Run(() => error = attempt(), but: kept));
            return error;
        }
    }

    private static BpfErrno TryLoad(BpfProgramType type)
    {
        byte[] bytes = BpfInstructionCodec.Encode(new BpfAssembler().Mov64(BpfRegister.R0, 1).Exit().ToArray(), bigEndian: !BitConverter.IsLittleEndian);
        fixed (byte* instructions = bytes)
        fixed (byte* license = "GPL\0"u8)
        {
            var attribute = new ProgramLoadAttribute { ProgType = type, InsnCnt = 2, Insns = instructions, License = license };
            BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.ProgLoad, &attribute, out BpfHandle? program);
            program?.Dispose();
            return error;
        }
    }

    private static BpfErrno TryCreate(BpfMapType type)
    {
        var attribute = new MapCreateAttribute { MapType = type, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
        BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &attribute, out BpfHandle? map);
        map?.Dispose();
        return error;
    }
}

using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>What loading has to know of the kernel, tried out with the smallest request that shows it.</summary>
internal static unsafe class KernelProbes
{
    /// <summary>Where the kernel's own types are.</summary>
    public const string KernelTypesFile = "/sys/kernel/btf/vmlinux";

    private const ulong ReturnZero = 0x00000000_000000b7; // r0 = 0
    private const ulong Exit = 0x00000000_00000095;
    private const ulong CallHelper = 0x00000000_00000085;

    private static readonly uint[] IntegerType = [1, Info(1, 0), 4, 0x0100_0020];

    /// <summary>Maps and programs have names (Linux 4.15).</summary>
    public static readonly FeatureProbe ObjectNames = new(() => Compare(
        () => TryProgram((ref ProgramLoadAttribute program) => program.ProgName = KernelName.From("ebpfnet_probe")),
        () => TryProgram((ref ProgramLoadAttribute _) => { })));

    /// <summary>BTF can be loaded at all (Linux 4.18).</summary>
    public static readonly FeatureProbe Btf = new(() => TryBtf(IntegerType, out BpfHandle? handle) switch
    {
        BpfErrno.None => Close(handle),
        BpfErrno.EINVAL => FeatureAnswer.No, // An unknown command; a process without the right gets EPERM before.
        _ => FeatureAnswer.Inconclusive,
    });

    /// <summary>The kernel gives its own types to user space (Linux 5.4, built with <c>CONFIG_DEBUG_INFO_BTF</c>).</summary>
    public static readonly FeatureProbe KernelTypes = new(() =>
        File.Exists(KernelTypesFile) ? FeatureAnswer.Yes : Directory.Exists("/sys/kernel") ? FeatureAnswer.No : FeatureAnswer.Inconclusive);

    /// <summary>Programs say which function and source line their instructions belong to (Linux 5.0).</summary>
    public static readonly FeatureProbe FunctionInfo = new(() => Compare(TryProgramWithFunctionInfo, () => TryProgram((ref ProgramLoadAttribute _) => { })));

    /// <summary>Arrays can be mapped into user space's memory (Linux 5.5).</summary>
    public static readonly FeatureProbe MmapableArrays = new(() => Compare(() => TryArray(BpfMapFlags.Mmapable), () => TryArray(BpfMapFlags.None)));

    /// <summary>An element of a per-CPU map can be read and written for one CPU (Linux 7.0).</summary>
    public static readonly FeatureProbe SingleCpuElements = new(TryFirstCpu);

    /// <summary>Programs say which hook they are for (Linux 4.17).</summary>
    public static readonly FeatureProbe ExpectedAttachType = new(() => Compare(
        () => TryProgram((ref ProgramLoadAttribute program) => (program.ProgType, program.ExpectedAttachType) = (BpfProgramType.CgroupSock, BpfAttachType.CgroupInetSockCreate)),
        () => TryProgram((ref ProgramLoadAttribute program) => program.ProgType = BpfProgramType.CgroupSock)));

    /// <summary>Programs on tracepoints and probes are told a number of their attachment's (Linux 5.15).</summary>
    public static readonly FeatureProbe AttachCookies = new(() =>
    {
        ulong[] code = [CallHelper | ((ulong)BpfHelper.GetAttachCookie << 32), ReturnZero, Exit];
        return Compare(() => TryCode(BpfProgramType.Tracepoint, code), () => TryCode(BpfProgramType.Tracepoint, [ReturnZero, Exit]));
    });

    /// <summary>There are helpers of their own for reading the kernel's memory and user space's (Linux 5.5).</summary>
    public static readonly FeatureProbe ProbeReadKernel = new(() => Compare(() => TryRead(BpfHelper.ProbeReadKernel), () => TryRead(BpfHelper.ProbeRead)));

    /// <summary>Programs reach the value of an array directly, which global data needs (Linux 5.2).</summary>
    public static readonly FeatureProbe GlobalData = new(TryGlobalData);

    private delegate void Change(ref ProgramLoadAttribute program);

    /// <summary>A refusal counts only when it is not due to the moment, and the same request without the feature is accepted.</summary>
    internal static FeatureAnswer Compare(Func<BpfErrno> with, Func<BpfErrno> without)
    {
        BpfErrno error = with();
        return error == BpfErrno.None ? FeatureAnswer.Yes
            : !error.IsOfTheMoment() && without() == BpfErrno.None ? FeatureAnswer.No
            : FeatureAnswer.Inconclusive;
    }

    private static BpfErrno TryProgram(Change change)
    {
        ulong* code = stackalloc ulong[] { ReturnZero, Exit };
        byte* license = stackalloc byte[] { (byte)'G', (byte)'P', (byte)'L', 0 };
        var program = new ProgramLoadAttribute { ProgType = BpfProgramType.SocketFilter, Insns = code, InsnCnt = 2, License = license };
        change(ref program);
        BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.ProgLoad, &program, out BpfHandle? handle);
        handle?.Dispose();
        return error;
    }

    internal static BpfErrno TryCode(BpfProgramType type, ulong[] code)
    {
        fixed (ulong* instructions = code)
        {
            ulong* pinned = instructions;
            return TryProgram((ref ProgramLoadAttribute program) =>
            {
                program.ProgType = type;
                program.Insns = pinned;
                program.InsnCnt = (uint)code.Length;
            });
        }
    }

    /// <summary>Reads 8 bytes from address 0 onto the stack.</summary>
    private static BpfErrno TryRead(BpfHelper helper) => TryCode(BpfProgramType.Tracepoint,
    [
        0x00000000_0000a1bf, // r1 = r10
        0xfffffff8_00000107, // r1 += -8
        0x00000008_000002b7, // r2 = 8
        0x00000000_000003b7, // r3 = 0
        CallHelper | ((ulong)helper << 32),
        ReturnZero,
        Exit,
    ]);

    private static FeatureAnswer TryGlobalData()
    {
        const ulong LoadMapValue = 0x00000000_00002118; // r1 = value of the map whose descriptor goes into the upper half
        const ulong StoreZero = 0x00000000_0000017a; // *(u64 *)(r1 + 0) = 0
        var map = new MapCreateAttribute { MapType = BpfMapType.Array, KeySize = 4, ValueSize = 32, MaxEntries = 1 };
        _ = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &map, out BpfHandle? handle);
        if (handle is null)
        {
            return FeatureAnswer.Inconclusive;
        }

        using (handle)
        {
            using BpfHandle.Lease fd = handle.Acquire();
            ulong[] code = [LoadMapValue | ((ulong)(uint)fd.Fd << 32), 0, StoreZero, ReturnZero, Exit];
            return Compare(() => TryCode(BpfProgramType.SocketFilter, code), () => TryCode(BpfProgramType.SocketFilter, [ReturnZero, Exit]));
        }
    }

    private static BpfErrno TryProgramWithFunctionInfo()
    {
        // int; a prototype "int (void)"; a static function of that prototype.
        uint[] types = [.. IntegerType, 0, Info(13, 0), 1, 1, Info(12, 0), 2];
        BpfErrno error = TryBtf(types, out BpfHandle? btf);
        if (btf is null)
        {
            return error;
        }

        using (btf)
        {
            using BpfHandle.Lease fd = btf.Acquire();
            int btfFd = fd.Fd;
            uint* functions = stackalloc uint[] { 0, 3 };
            return TryProgram((ref ProgramLoadAttribute program) =>
            {
                program.ProgBtfFd = btfFd;
                program.FuncInfo = functions;
                program.FuncInfoCnt = 1;
                program.FuncInfoRecSize = 8;
            });
        }
    }

    private static BpfErrno TryArray(BpfMapFlags flags)
    {
        var map = new MapCreateAttribute { MapType = BpfMapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1, MapFlags = flags };
        BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &map, out BpfHandle? handle);
        handle?.Dispose();
        return error;
    }

    private static FeatureAnswer TryFirstCpu()
    {
        var map = new MapCreateAttribute { MapType = BpfMapType.PerCpuArray, KeySize = 4, ValueSize = 8, MaxEntries = 1 };
        _ = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &map, out BpfHandle? handle);
        if (handle is null)
        {
            return FeatureAnswer.Inconclusive;
        }

        using (handle)
        {
            int first = 0;
            ulong value;
            return MapElements.Lookup(handle, &first, &value, (ulong)BpfElementFlags.Cpu) switch
            {
                >= 0 => FeatureAnswer.Yes,
                -(int)BpfErrno.EINVAL => FeatureAnswer.No,
                _ => FeatureAnswer.Inconclusive,
            };
        }
    }

    private static BpfErrno TryBtf(uint[] types, out BpfHandle? handle)
    {
        const int StringsSize = 4; // "", "i" and padding
        uint typesSize = (uint)(types.Length * sizeof(uint));
        uint[] btf = [0x0001_eb9f, 24, 0, typesSize, typesSize, StringsSize, .. types, 'i' << 8];
        fixed (uint* data = btf)
        {
            var attribute = new BtfLoadAttribute { Btf = data, BtfSize = (uint)(btf.Length * sizeof(uint)) };
            return BpfSyscall.InvokeForHandle(BpfCommand.BtfLoad, &attribute, out handle);
        }
    }

    private static FeatureAnswer Close(BpfHandle? handle)
    {
        handle?.Dispose();
        return FeatureAnswer.Yes;
    }

    /// <summary>The second word of a type: its kind and its number of members.</summary>
    private static uint Info(uint kind, uint count) => (kind << 24) | count;
}

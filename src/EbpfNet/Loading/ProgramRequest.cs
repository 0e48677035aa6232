using EbpfNet.Abi;
using EbpfNet.Instructions;
using EbpfNet.Kernel;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>One program's <c>BPF_PROG_LOAD</c>, to be made with or without a log, and on old kernels with less in it.</summary>
/// <param name="program">The program, complete but for what is given here.</param>
/// <param name="license">The licence, with its NUL.</param>
/// <param name="kernelVersion">The kernel that the program is for.</param>
/// <param name="btf">The descriptor of the object's types, or 0. The caller keeps it open, and those in the instructions.</param>
internal sealed unsafe class ProgramRequest(LinkedProgram program, byte[] license, uint kernelVersion, int btf)
{
    private readonly uint[] _functions = btf == 0 ? [] : [.. program.FuncInfos.SelectMany(info => (uint[])[(uint)info.Slot, info.Type.Value])];
    private readonly uint[] _lines = btf == 0 ? [] : [.. program.LineInfos.SelectMany(info => (uint[])[(uint)info.Slot, info.Line.FileNameOffset, info.Line.TextOffset, info.Line.LineAndColumn])];
    private bool _withName = !KernelProbes.ObjectNames.IsKnownMissing;
    private bool _withInfo = btf != 0 && !KernelProbes.FunctionInfo.IsKnownMissing;
    private bool _withAttachType = !(IsAttachTypeOptional(program) && KernelProbes.ExpectedAttachType.IsKnownMissing);

    /// <summary>The type that the program is attached by, or 0.</summary>
    public uint AttachBtfId { get; init; }

    /// <summary>
    /// The descriptor of what <see cref="AttachBtfId"/> is in, or 0 for the kernel: a module's types, or a program. The caller keeps it open.
    /// </summary>
    public int AttachObject { get; init; }

    /// <summary>The index of the network interface that the program is for, or 0.</summary>
    public int Device { get; init; }

    /// <summary>The descriptor of the token to load it with, or 0. The caller keeps it open.</summary>
    public int Token { get; init; }

    /// <summary>The hook that the program is loaded for: the spec's, or a better one that this kernel has; for a function of a kernel struct, its number.</summary>
    public BpfAttachType AttachType { get; init; }

    /// <summary>The descriptors of the types of modules, by the index that calls of their functions have; empty when there are none. The caller keeps them open.</summary>
    public int[] FunctionModules { get; init; } = [];

    public BpfErrno Invoke(ref KernelLogBuffer log, out BpfHandle? handle)
    {
        fixed (BpfInstruction* code = program.Instructions)
        fixed (byte* licenseText = license)
        fixed (uint* functions = _functions, lines = _lines)
        fixed (int* modules = FunctionModules)
        {
            BpfProgramSpec spec = program.Program;
            var attribute = new ProgramLoadAttribute
            {
                ProgType = spec.Type,
                ExpectedAttachType = _withAttachType ? AttachType : default,
                ProgFlags = FindFlags(spec),
                ProgIfindex = (uint)Device,
                ProgTokenFd = Token,
                Insns = code,
                InsnCnt = (uint)program.Instructions.Length,
                License = licenseText,
                KernVersion = kernelVersion,
                ProgName = _withName ? KernelName.From(spec.Name) : default,
                LogBuf = log.Start,
                LogSize = log.Size,
                LogLevel = log.Level,
                AttachBtfId = AttachBtfId,
                AttachProgFd = AttachObject,
                FdArray = modules,
            };
            if (_withInfo)
            {
                attribute.ProgBtfFd = btf;
                attribute.FuncInfo = functions;
                attribute.FuncInfoCnt = (uint)program.FuncInfos.Length;
                attribute.FuncInfoRecSize = 2 * sizeof(uint);
                attribute.LineInfo = lines;
                attribute.LineInfoCnt = (uint)program.LineInfos.Length;
                attribute.LineInfoRecSize = 4 * sizeof(uint);
            }

            BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.ProgLoad, &attribute, out handle);
            log.NeededSize = attribute.LogTrueSize;
            return error;
        }
    }

    /// <summary>Takes out what this kernel is found not to know. The probes are asked only here, after a refusal.</summary>
    /// <returns>Whether anything was taken out, so that another attempt makes sense.</returns>
    public bool LeaveOutUnknown()
    {
        (bool name, bool info, bool attachType) = (_withName, _withInfo, _withAttachType);
        _withName = name && !KernelProbes.ObjectNames.IsMissing;
        _withInfo = info && !KernelProbes.FunctionInfo.IsMissing;
        _withAttachType = attachType && !(IsAttachTypeOptional(program) && KernelProbes.ExpectedAttachType.IsMissing);
        return (_withName, _withInfo, _withAttachType) != (name, info, attachType);
    }

    private BpfProgramFlags FindFlags(BpfProgramSpec spec) =>
        spec.Flags
        | (Device != 0 && spec is { Type: BpfProgramType.Xdp, IsOffloaded: false } ? BpfProgramFlags.XdpDevBoundOnly : BpfProgramFlags.None)
        | (Token != 0 ? BpfProgramFlags.TokenFd : BpfProgramFlags.None);

    /// <summary>
    /// The hook that a program is loaded for, where nothing else stands in its place. Programs for USDT probes are loaded for links to all places of a probe at once, where the kernel
    /// has such links, for one process as well, unless somebody chose another hook.
    /// </summary>
    public static BpfAttachType FindAttachType(BpfProgramSpec spec) =>
        spec is { ExpectedAttachType: (BpfAttachType)0, Type: BpfProgramType.Kprobe, Definition: { } definition } && definition.Has(SectionTraits.PrefersUprobeMulti) && TracingProbes.UprobeMultiProcesses.IsPresent
            ? BpfAttachType.TraceUprobeMulti
            : spec.ExpectedAttachType;

    private static bool IsAttachTypeOptional(LinkedProgram program) =>
        program.Program.ExpectedAttachType != default && (program.Program.Definition?.Has(SectionTraits.OptionalAttachType) ?? false);
}

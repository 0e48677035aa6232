using System.Globalization;
using System.Text;
using EbpfNet.Abi;
using EbpfNet.Instructions;
using EbpfNet.Kernel;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>Hands programs to the kernel. A program that it refuses is tried once more with the verifier's log, for the reason.</summary>
internal sealed unsafe class ProgramLoader(BpfObjectSpec spec, BpfLoadOptions options, LoadedBtf btf, IReadOnlyDictionary<BpfMapSpec, BpfMap> maps, ExternTable externs, BpfHandle? token = null)
{
    private readonly byte[] _license = Encoding.UTF8.GetBytes(spec.License + '\0');
    private readonly string[] _mapNames = [.. spec.Maps.Names];

    /// <summary>Loads a program.</summary>
    /// <exception cref="BpfVerifierException">The verifier refused it.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused it before it was verified.</exception>
    public BpfProgram Load(PreparedProgram prepared)
    {
        LinkedProgram program = prepared.Linked;
        using var held = new BpfHandleSet();
        using BpfHandle? module = prepared.Target is { Module: { } name } ? KernelModuleTypes.Open(name) : null;
        ProgramPatcher.Patch(
            program, map => maps.TryGetValue(map, out BpfMap? made) ? held.Hold(made.Handle) : null, map => Array.IndexOf(_mapNames, map.Name), externs, name => held.Hold(externs.TypesOf(name)));
        HelperFallbacks.Apply(program.Instructions);
        using var tables = new JumpTableMaps(token);
        foreach (JumpTableReference table in program.Relocations.OfType<JumpTableReference>())
        {
            program.Instructions[table.Slot] = program.Instructions[table.Slot].WithImmediate(held.Hold(tables.Get(program.Program, table)));
        }

        ProgramRequest request = MakeRequest(prepared, program, _license, btf.Handle, module, held);
        options.OnLoadingProgram?.Invoke(program.Program, program.Instructions);
        BpfHandle handle = Load(prepared, request, out string? log);
        BpfProgramSpec source = program.Program;
        try
        {
            BpfProgram loaded = BpfProgram.FromLoaded(handle, source.Name, source.Type, prepared.Target?.AttachType is null ? request.AttachType : source.ExpectedAttachType, source.SectionName);
            (loaded.VerifierLog, loaded.AttachTarget) = (log, source.AttachTarget);
            return loaded;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>What the kernel says to the smallest program of the same kind, for the same hook and with the same flags: whether the kind is what it refuses.</summary>
    public BpfErrno TrySmallest(PreparedProgram prepared)
    {
        BpfProgramSpec program = prepared.Linked.Program;
        if (program.Type == BpfProgramType.Ext)
        {
            return BpfErrno.None; // There is no smallest: a replacement has the parameters of what it replaces.
        }

        // Hooks differ in what may be returned.
        BpfErrno error = TrySmallest(prepared, 0);
        return error == BpfErrno.None ? error : TrySmallest(prepared, 1);
    }

    private BpfErrno TrySmallest(PreparedProgram prepared, int result)
    {
        using var held = new BpfHandleSet();
        using BpfHandle? module = prepared.Target is { Module: { } name } ? KernelModuleTypes.Open(name) : null;
        LinkedProgram smallest = LinkedProgram.WithoutInformation(prepared.Linked.Program, new BpfAssembler().Mov64(BpfRegister.R0, result).Exit().ToArray());
        ProgramRequest request = MakeRequest(prepared, smallest, [.. "GPL\0"u8], null, module, held);
        var silent = default(KernelLogBuffer);
        BpfErrno error = Invoke(request, ref silent, out BpfHandle? handle);
        handle?.Dispose();
        return error;
    }

    private static BpfErrno Invoke(ProgramRequest request, ref KernelLogBuffer log, out BpfHandle? handle)
    {
        BpfErrno error = request.Invoke(ref log, out handle);
        while (error is BpfErrno.EINVAL or BpfErrno.E2BIG && request.LeaveOutUnknown())
        {
            error = request.Invoke(ref log, out handle);
        }

        return error;
    }

    private ProgramRequest MakeRequest(PreparedProgram prepared, LinkedProgram program, byte[] license, BpfHandle? types, BpfHandle? module, BpfHandleSet held) =>
        new(program, license, VersionOf(program.Program), types is null ? 0 : held.Hold(types))
        {
            AttachBtfId = prepared.Target?.Id.Value ?? 0,
            AttachObject = module is not null ? held.Hold(module) : prepared.Target is { Program: { } replaced } ? held.Hold(replaced.Handle) : 0,
            AttachType = prepared.Target?.AttachType ?? ProgramRequest.FindAttachType(program.Program),
            Device = program.Program.Device is { } device ? BoundDevice.FindIndex(device, program.Program) : 0,
            Token = token is null ? 0 : held.Hold(token),
            FunctionModules = externs.Modules.Count == 0 ? [] : [0, .. externs.Modules.Select(name => held.Hold(externs.TypesOf(name)))],
        };

    private BpfHandle Load(PreparedProgram program, ProgramRequest request, out string? log)
    {
        log = null;
        BpfVerifierLogLevel level = options.VerifierLogLevel;
        if (level != BpfVerifierLogLevel.None)
        {
            // ENOSPC says that the log did not fit; whether the program is right, the call without a log tells.
            BpfErrno withLog = KernelLog.Invoke((ref buffer, out handle) => Invoke(request, ref buffer, out handle), (uint)level, options.LogBufferLimit, out BpfHandle? loaded, out log);
            if (loaded is not null)
            {
                return loaded;
            }

            log = withLog == BpfErrno.ENOSPC ? log : null;
        }

        var silent = default(KernelLogBuffer);
        BpfErrno error = Invoke(request, ref silent, out BpfHandle? handle);
        if (handle is not null)
        {
            return handle;
        }

        if ((level & (BpfVerifierLogLevel.Basic | BpfVerifierLogLevel.Verbose)) == 0)
        {
            level |= BpfVerifierLogLevel.Basic;
        }

        BpfErrno again = KernelLog.Invoke(request.Invoke, (uint)level, options.LogBufferLimit, out handle, out string said);
        return handle ?? throw Explain(program, again == BpfErrno.ENOSPC ? error : again, said, isCut: again == BpfErrno.ENOSPC);
    }

    private BpfException Explain(PreparedProgram prepared, BpfErrno error, string said, bool isCut)
    {
        LinkedProgram program = prepared.Linked;
        if (program.Program.ExpectedAttachType is BpfAttachType.TraceFentryMulti or BpfAttachType.TraceFexitMulti or BpfAttachType.TraceFsessionMulti && said.Contains("must provide btf_id", StringComparison.Ordinal))
        {
            return new BpfNotSupportedException($"Loading program '{program.Program.Name}' of section '{program.Program.SectionName}'", "this kernel puts a program of such a kind on one function only; programs of section kprobe.multi are for many since Linux 5.18", new Version(7, 2));
        }

        VerifierLog log = VerifierLog.Parse(said);
        if (log.Complaint.Count == 0 && log.Instruction is null && !isCut)
        {
            return SyscallErrors.Create(error, BpfCommand.ProgLoad.ToCName(), Describe(program), Advise(program, error), log.HasText ? said : null);
        }

        string? withoutTypes = btf.Handle is null ? btf.Refusal ?? "the object has none (compile it with -g)" : null;
        BpfRelocationException? poison = log.Instruction is { } slot && slot < program.Instructions.Length ? prepared.ExplainPoison(slot) ?? externs.ExplainPoison(program.Instructions[slot], program.Program.Name, slot) : null;
        VerifierReport report = VerifierReports.Create(log, program, spec.License, _mapNames, withoutTypes, poison, isCut, isTooLong: error == BpfErrno.E2BIG);
        return new BpfVerifierException(program.Program.Name, error, report, poison);
    }

    private static string Describe(LinkedProgram program) => string.Create(
        CultureInfo.InvariantCulture,
        $"load program '{program.Program.Name}' (section '{program.Program.SectionName}', {program.Program.Type.CName()}, {program.Instructions.Length} instructions)");

    private static string? Advise(LinkedProgram program, BpfErrno error) => error switch
    {
        BpfErrno.EPERM => SyscallErrors.AdviseOnPermission(RequiredCapabilities.OfProgram(program.Program.Type)),
        _ when program.Program.Type == BpfProgramType.StructOps && error is BpfErrno.EINVAL or BpfErrno.ENOTSUPP =>
            "Either no map of section .struct_ops that is created has the program for a function, or the kernel does not let programs implement that function",
        BpfErrno.EINVAL => $"The kernel does not know programs of this type{DescribeHook(program.Program)}, or was built without them",
        BpfErrno.E2BIG => "The program is longer than the kernel allows this process: a million instructions with CAP_BPF, 4096 without",
        BpfErrno.ENOMEM => "The kernel has not enough memory, or this control group may not use as much",
        _ => null,
    };

    private static string DescribeHook(BpfProgramSpec program)
    {
        string hook = program.ExpectedAttachType == default ? "" : $" for {program.ExpectedAttachType.CName()}";
        return program.Flags == BpfProgramFlags.None ? hook : $"{hook} with flags {program.Flags}";
    }

    private uint VersionOf(BpfProgramSpec program) =>
        spec.KernelVersion != 0 || program.Type != BpfProgramType.Kprobe ? spec.KernelVersion : RunningKernel.VersionCode;
}

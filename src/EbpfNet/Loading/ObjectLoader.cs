using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>What a load has made, in the object's order.</summary>
internal sealed record LoadedObject(
    IReadOnlyDictionary<BpfMapSpec, BpfMap> Maps,
    IReadOnlyDictionary<BpfProgramSpec, BpfProgram> Programs,
    IReadOnlyList<BpfProgramChoice> Choices,
    IReadOnlyDictionary<BpfMapSpec, BpfStructOpsMap> StructOps);

/// <summary>From a spec to descriptors: everything, or nothing. The spec is only read.</summary>
internal static class ObjectLoader
{
    public static LoadedObject Load(BpfObjectSpec spec, BpfLoadOptions options)
    {
        _ = KernelArchitecture.Current; // Refuses systems without BPF.
        RequireByteOrder(spec);
        MapReplacement.RequireNames(spec, options);

        // Whatever can be found out without the kernel comes first.
        var kernel = new TargetKernel(options.KernelBtf);
        CoreRelocator? relocator = spec.Btf is { } types ? new CoreRelocator(types, kernel) : null;
        using var externs = new ExternTable(spec, options, kernel);
        StructOpsPlan structOps = StructOpsPlan.Make(spec, kernel);
        PreparedProgram[] programs = [.. spec.Programs.Where(program => structOps.IsLoaded(program) && !spec.Programs.IsAlternative(program)).Select(program => Prepare(program, kernel, relocator, structOps, externs))];
        var chooser = new ProgramChooser(spec.Programs, kernel, program => Prepare(program, kernel, relocator, structOps, externs));

        using var scope = new LoadScope();
        using BpfHandle? token = LoadToken.Open(options);
        using LoadedBtf btf = ObjectBtf.Encode(spec, [.. programs.Concat(chooser.Ready).Select(program => program.Linked)]) is { } encoded ? BtfLoader.Load(encoded, spec.Name, options.LogBufferLimit, token) : default;
        var maps = new MapCreator(spec, options, btf, structOps, scope, externs.InitialValueOf, token);
        foreach (BpfMapSpec map in spec.Maps)
        {
            if (map.AutoCreate)
            {
                Make(maps, map);
            }
        }

        var loader = new ProgramLoader(spec, options, btf, maps.Maps, externs, token);
        var loaded = new Dictionary<BpfProgramSpec, BpfProgram>(ReferenceEqualityComparer.Instance);
        foreach (PreparedProgram program in programs)
        {
            loaded[program.Linked.Program] = scope.Own(loader.Load(program));
        }

        IReadOnlyList<BpfProgramChoice> choices = chooser.Choose(loader, (program, made) => loaded[program] = scope.Own(made));
        maps.FillSlots(loaded);
        scope.Complete();
        GC.KeepAlive(kernel); // Its types are read in place, some of them where the garbage collector does not see it.
        return new LoadedObject(maps.Maps, loaded, choices, structOps.MakeViews(maps.Maps, loaded));
    }

    private static void Make(MapCreator maps, BpfMapSpec map)
    {
        try
        {
            maps.Make(map);
        }
        catch (BpfSyscallException) when (map.IsDataSection && KernelProbes.GlobalData.IsMissing)
        {
            // Programs that do not use it load all the same; compilers put texts there that nobody reads.
        }
    }

    private static void RequireByteOrder(BpfObjectSpec spec)
    {
        if (spec.IsBigEndian == BitConverter.IsLittleEndian)
        {
            (string its, string ours, string target) = spec.IsBigEndian ? ("big-endian", "little-endian", "bpfel") : ("little-endian", "big-endian", "bpfeb");
            throw new BpfNotSupportedException($"Loading the {its} object '{spec.Name}'", $"this machine is {ours}; compile the object with clang -target {target}");
        }
    }

    private static PreparedProgram Prepare(BpfProgramSpec program, TargetKernel kernel, CoreRelocator? relocator, StructOpsPlan structOps, ExternTable externs)
    {
        if (program.Type == BpfProgramType.Unspecified)
        {
            throw new BpfNotSupportedException(
                $"Section '{program.SectionName}' of program '{program.Name}'",
                $"its name does not say what kind of program it is; set Programs[\"{program.Name}\"].Type (and ExpectedAttachType) before loading, or its AutoLoad to false");
        }

        AttachTarget? target = structOps.TargetOf(program) ?? AttachTarget.Find(program, kernel);
        LinkedProgram linked = externs.Link(program);
        if (linked.CoreRelocations.IsEmpty || relocator is null)
        {
            return new PreparedProgram(linked, target, null);
        }

        if (!kernel.IsGiven)
        {
            TargetKernel.RequireTypes(program.Name, "it adapts to them (CO-RE)", $"give those of this kernel in {nameof(BpfLoadOptions)}.{nameof(BpfLoadOptions.KernelBtf)}, ");
        }

        foreach (LinkedCoreRelocation relocation in linked.CoreRelocations)
        {
            relocator.Relocate(linked.Instructions, relocation.Slot, relocation.Relocation, program.Name);
        }

        return new PreparedProgram(linked, target, relocator);
    }
}

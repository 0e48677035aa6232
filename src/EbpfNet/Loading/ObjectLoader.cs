using EbpfNet.Abi;
using EbpfNet.Kernel;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>What a load has made, in the object's order.</summary>
internal sealed record LoadedObject(IReadOnlyDictionary<BpfMapSpec, BpfMap> Maps, IReadOnlyDictionary<BpfProgramSpec, BpfProgram> Programs);

/// <summary>From a spec to descriptors: everything, or nothing. The spec is only read.</summary>
internal static class ObjectLoader
{
    public static LoadedObject Load(BpfObjectSpec spec, BpfLoadOptions options)
    {
        _ = KernelArchitecture.Current; // Refuses systems without BPF.
        RequireByteOrder(spec);

        // Whatever can be found out without the kernel comes first.
        LinkedProgram[] programs = [.. spec.Programs.Where(program => program.AutoLoad).Select(program => Prepare(program, spec))];

        using var scope = new LoadScope();
        using LoadedBtf btf = ObjectBtf.Encode(spec) is { } types ? BtfLoader.Load(types, spec.Name, options.LogBufferLimit) : default;
        var maps = new MapCreator(spec, options, btf, scope);
        foreach (BpfMapSpec map in spec.Maps)
        {
            if (map.AutoCreate)
            {
                maps.Make(map);
            }
        }

        var loader = new ProgramLoader(spec, options, btf, maps.Maps);
        var loaded = new Dictionary<BpfProgramSpec, BpfProgram>(ReferenceEqualityComparer.Instance);
        foreach (LinkedProgram program in programs)
        {
            loaded[program.Program] = scope.Own(loader.Load(program));
        }

        maps.FillSlots(loaded);
        scope.Complete();
        return new LoadedObject(maps.Maps, loaded);
    }

    private static void RequireByteOrder(BpfObjectSpec spec)
    {
        if (spec.IsBigEndian == BitConverter.IsLittleEndian)
        {
            (string its, string ours, string target) = spec.IsBigEndian ? ("big-endian", "little-endian", "bpfel") : ("little-endian", "big-endian", "bpfeb");
            throw new BpfNotSupportedException($"Loading the {its} object '{spec.Name}'", $"this machine is {ours}; compile the object with clang -target {target}");
        }
    }

    private static LinkedProgram Prepare(BpfProgramSpec program, BpfObjectSpec spec)
    {
        if (program.Type == BpfProgramType.Unspecified)
        {
            throw new BpfNotSupportedException(
                $"Section '{program.SectionName}' of program '{program.Name}'",
                $"its name does not say what kind of program it is; set Programs[\"{program.Name}\"].Type (and ExpectedAttachType) before loading, or its AutoLoad to false");
        }

        if (program.Definition?.Has(SectionTraits.NeedsBtfTarget) ?? false)
        {
            ProgramPatcher.RequireKernelTypes(program.Name, $"a program of section '{program.SectionName}' is attached by BTF id");
            throw new BpfNotSupportedException(
                $"Loading program '{program.Name}' of section '{program.SectionName}'",
                "the kernel has to be told by BTF id what it attaches to, which this version of EbpfNet does not look up; set its AutoLoad to false");
        }

        LinkedProgram linked = FunctionLinker.Link(program);
        ProgramPatcher.RequireResolvable(linked, spec);
        return linked;
    }
}

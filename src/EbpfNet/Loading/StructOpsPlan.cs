using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>What the kernel structs of functions (struct_ops) make of a load: the values of their maps, what their programs are verified for, and which of them are loaded.</summary>
internal sealed class StructOpsPlan
{
    private readonly Dictionary<BpfMapSpec, StructOpsValue> _values = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<BpfProgramSpec, AttachTarget> _targets = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<BpfProgramSpec, bool> _loaded = new(ReferenceEqualityComparer.Instance);

    /// <summary>The values of the maps that are created.</summary>
    public IReadOnlyDictionary<BpfMapSpec, StructOpsValue> Values => _values;

    /// <exception cref="BpfNotSupportedException">A struct does not fit the kernel's.</exception>
    public static StructOpsPlan Make(BpfObjectSpec spec, TargetKernel kernel)
    {
        var plan = new StructOpsPlan();
        foreach (BpfMapSpec map in spec.Maps)
        {
            if (map is { StructOps: { } structOps, Type: BpfMapType.StructOps })
            {
                plan.Add(spec, map, structOps, kernel);
            }
        }

        return plan;
    }

    /// <summary>Whether a program is loaded: one that implements a function, if a map that has it is created; others as they say themselves.</summary>
    public bool IsLoaded(BpfProgramSpec program) => _loaded.TryGetValue(program, out bool isLoaded) ? isLoaded : program.AutoLoad;

    /// <summary>The function that a program implements; <see langword="null"/> when it implements none.</summary>
    public AttachTarget? TargetOf(BpfProgramSpec program) => _targets.TryGetValue(program, out AttachTarget target) ? target : null;

    /// <summary>Completes the request for a map.</summary>
    /// <returns>The types that the map's value is of, when they are a module's, to be kept until the map is created.</returns>
    public BpfHandle? Complete(BpfMapSpec map, ref MapCreateAttribute attribute)
    {
        if (!_values.TryGetValue(map, out StructOpsValue? value))
        {
            return null;
        }

        attribute.ValueSize = value.Types.Value.Size;
        attribute.BtfVmlinuxValueTypeId = value.Types.Value.Id.Value;
        if (value.Types.Module is not { } module)
        {
            return null;
        }

        attribute.MapFlags |= BpfMapFlags.ValueTypeBtfObjectFd;
        return KernelModuleTypes.Open(module);
    }

    /// <summary>What <see cref="BpfObject"/> gives of the maps that were created, by map.</summary>
    public Dictionary<BpfMapSpec, BpfStructOpsMap> MakeViews(IReadOnlyDictionary<BpfMapSpec, BpfMap> maps, IReadOnlyDictionary<BpfProgramSpec, BpfProgram> programs)
    {
        var views = new Dictionary<BpfMapSpec, BpfStructOpsMap>(ReferenceEqualityComparer.Instance);
        foreach ((BpfMapSpec map, StructOpsValue value) in _values)
        {
            views[map] = new BpfStructOpsMap(maps[map], value.Types.Struct.Name, value.Bytes, [.. value.Functions.Where(function => programs.ContainsKey(function.Program)).Select(function => (function.Member, function.Offset, programs[function.Program]))]);
        }

        return views;
    }

    private void Add(BpfObjectSpec spec, BpfMapSpec map, BpfStructOpsSpec structOps, TargetKernel kernel)
    {
        if (map.AutoCreate)
        {
            StructOpsValue value = StructOpsValue.Lay(map, spec.Btf!, kernel);
            _values.Add(map, value);
            foreach (StructOpsFunction function in value.Functions)
            {
                AddTarget(map, function, new AttachTarget(value.Types.Struct.Id, value.Types.Module, AttachType: (BpfAttachType)function.Index));
            }
        }

        foreach (BpfStructOpsMember member in structOps.All)
        {
            // One that was replaced has nothing to implement any more.
            if (member.Declared is { } declared && declared != member.Program)
            {
                _loaded.TryAdd(declared, false);
            }

            if (member.Program is { } program)
            {
                _loaded[program] = map.AutoCreate || _loaded.GetValueOrDefault(program);
            }
        }
    }

    private void AddTarget(BpfMapSpec map, StructOpsFunction function, AttachTarget target)
    {
        if (!_targets.TryAdd(function.Program, target) && _targets[function.Program] != target)
        {
            throw new BpfNotSupportedException(
                $"Implementing '{function.Member}' of {map} by program '{function.Program.Name}'",
                "the program implements another function, too, and is verified for one; write a program for each (they may call the same function)");
        }
    }
}

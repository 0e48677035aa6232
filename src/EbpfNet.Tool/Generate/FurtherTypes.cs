using EbpfNet.Btf;

namespace EbpfNet.Tool.Generate;

/// <summary>
/// The types that are worth having although no map holds them: what variables point to (<c>struct event *unused</c>, with which a source keeps the type of its records),
/// what its functions are handed, and what is asked for by name. The kernel's own are left out: what programs are called with, and what CO-RE adapts.
/// </summary>
internal sealed class FurtherTypes(BpfObjectSpec spec, BtfSpec btf)
{
    private const int MaxDepth = 32;

    private readonly HashSet<string> _ofKernel = FindKernels(spec, btf);

    /// <exception cref="UsageException">There is no type of a name that was asked for.</exception>
    public IEnumerable<BtfTypeId> Find(IEnumerable<string> names)
    {
        List<BtfTypeId> found = [];
        foreach (BpfVariableSpec variable in spec.Variables.Where(variable => variable.TypeId is { IsVoid: false }))
        {
            BtfTypeId type = btf[variable.TypeId!.Value] is BtfVariable declared ? declared.Type : variable.TypeId.Value;
            AddIfOwn(found, type);
        }

        foreach (BtfFunction function in btf.OwnTypes.OfType<BtfFunction>().Where(function => function.Linkage != BtfFunctionLinkage.Extern))
        {
            if (btf[function.Prototype] is BtfFunctionPrototype prototype)
            {
                foreach (BtfParameter parameter in prototype.Parameters)
                {
                    AddIfOwn(found, parameter.Type);
                }
            }
        }

        foreach (string name in names)
        {
            BtfType type = btf.FindAll(name).FirstOrDefault(type => type is BtfComposite or BtfEnumeration or BtfTypedef)
                ?? throw new UsageException($"there is no type '{name}' in object '{spec.Name}': types that no map, variable or function uses are not kept by the compiler; a variable 'struct {name} *unused' keeps one");
            found.Add(type.Id);
        }

        return found;
    }

    private void AddIfOwn(List<BtfTypeId> found, BtfTypeId type)
    {
        BtfTypeId pointee = SkipPointers(btf, type);
        BtfType plain = btf[btf.SkipModifiers(pointee)];
        if (plain is BtfComposite or BtfEnumeration && (plain.Name.Length != 0 ? !_ofKernel.Contains(plain.Name) : HasTypedef(pointee)))
        {
            found.Add(pointee);
        }
    }

    private bool HasTypedef(BtfTypeId type)
    {
        for (int depth = 0; depth < MaxDepth && btf[type] is BtfModifier modifier; depth++)
        {
            if (modifier is BtfTypedef)
            {
                return true;
            }

            type = modifier.Target;
        }

        return false;
    }

    private static HashSet<string> FindKernels(BpfObjectSpec spec, BtfSpec btf)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        if (spec.BtfExtension is { } extension)
        {
            names.UnionWith(extension.CoreRelocations.Values.SelectMany(relocations => relocations).Select(relocation => btf[btf.SkipModifiers(relocation.Type)].Name));
        }

        foreach (BpfProgramSpec program in spec.Programs)
        {
            BtfFunction? function = btf.FindAll(program.Name).OfType<BtfFunction>().FirstOrDefault();
            if (function is not null && btf[function.Prototype] is BtfFunctionPrototype prototype)
            {
                names.UnionWith(prototype.Parameters.Select(parameter => btf[btf.SkipModifiers(SkipPointers(btf, parameter.Type))].Name));
            }
        }

        return names;
    }

    private static BtfTypeId SkipPointers(BtfSpec btf, BtfTypeId type)
    {
        for (int depth = 0; depth < MaxDepth && btf[btf.SkipModifiers(type)] is BtfPointer pointer; depth++)
        {
            type = pointer.Target;
        }

        return type;
    }
}

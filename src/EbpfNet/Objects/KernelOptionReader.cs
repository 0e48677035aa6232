using System.Collections.Immutable;
using EbpfNet.Abi;
using EbpfNet.Btf;

namespace EbpfNet.Objects;

/// <summary>Makes the map that holds what programs ask of the kernel's configuration, with a variable for each option.</summary>
internal static class KernelOptionReader
{
    private const int KeySize = 4;

    public static void Read(BpfObjectSpec spec)
    {
        ImmutableArray<BpfExtern> options = [.. spec.Externs.Where(one => one is { Kind: BpfExternKind.KernelOption, Format.Size: > 0 })];
        if (options.IsEmpty)
        {
            return;
        }

        BpfMapSpec map = new(ObjectNames.KernelOptions, BpfMapType.Array, KeySize, (int)(options[^1].Offset + options[^1].Format.Size), 1)
        {
            KernelName = ObjectNames.DataMap(spec.Name, ObjectNames.KernelOptions),
            IsDataSection = true,
            IsFrozen = true,
            Flags = BpfMapFlags.ReadOnlyProgram | BpfMapFlags.Mmapable,
            ValueTypeId = spec.Btf!.TryFind(ObjectNames.KernelOptions, out BtfDataSection? section) ? section.Id : null,
        };
        if (!spec.Maps.TryAdd(map.Name, map))
        {
            throw new BpfObjectFormatException("there is a map of this name, which is that of the kernel's options", ObjectNames.KernelOptions);
        }

        foreach (BpfExtern option in options)
        {
            BtfTypeId type = spec.Btf.Get<BtfVariable>(option.Type).Type;
            if (!spec.Variables.TryAdd(option.Name, new BpfVariableSpec(option.Name, map, (int)option.Offset, (int)option.Format.Size, type)))
            {
                throw new BpfObjectFormatException($"there is a second variable named '{option.Name}'", ObjectNames.KernelOptions);
            }
        }
    }
}

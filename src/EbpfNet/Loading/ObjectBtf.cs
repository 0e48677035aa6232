using System.Collections.Immutable;
using EbpfNet.Btf;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>
/// An object's types as the kernel takes them. All ids and string offsets stay, so that maps and line information may go on referring to them.
/// </summary>
internal static class ObjectBtf
{
    private const uint ExternSize = 4;

    /// <summary>The bytes for <c>BPF_BTF_LOAD</c>; <see langword="null"/> when the object has no BTF.</summary>
    /// <param name="spec">The object.</param>
    /// <param name="programs">Its linked programs, which may have to refer to other types on this kernel.</param>
    public static byte[]? Encode(BpfObjectSpec spec, IReadOnlyList<LinkedProgram>? programs = null)
    {
        if (spec.Btf is not { } btf)
        {
            return null;
        }

        BtfBuilder builder = BtfBuilder.FromSpec(btf, bigEndian: !BitConverter.IsLittleEndian);
        foreach (DataSectionLayout layout in spec.DataSections)
        {
            builder.Replace(layout.Section, new BtfDataSection(btf[layout.Section].Name, layout.Size, layout.Entries));
            foreach (BtfTypeId id in layout.HiddenVariables)
            {
                BtfVariable variable = btf.Get<BtfVariable>(id);
                builder.Replace(id, new BtfVariable(variable.Name, variable.Type, BtfVariableLinkage.Static));
            }
        }

        foreach (BtfTypeId id in spec.HiddenFunctions)
        {
            BtfFunction function = btf.Get<BtfFunction>(id);
            builder.Replace(id, new BtfFunction(function.Name, function.Prototype, BtfFunctionLinkage.Static));
        }

        if (!spec.Externs.IsEmpty)
        {
            PlaceExterns(spec, btf, builder);
        }

        ContextArguments.Rewrite(btf, programs ?? [], builder);
        return builder.ToArray();
    }

    /// <summary>
    /// The kernel takes no externs: no such linkage, and in sections only variables, at places that fit their sizes. Programs do not use these
    /// types; they only have to pass.
    /// </summary>
    private static void PlaceExterns(BpfObjectSpec spec, BtfSpec btf, BtfBuilder builder)
    {
        BtfTypeId number = builder.AddInt("int", ExternSize, BtfIntEncoding.Signed);
        for (BtfTypeId id = btf.FirstId; id.Value < (uint)btf.TypeCount; id = new BtfTypeId(id.Value + 1))
        {
            switch (btf.GetKind(id))
            {
                case BtfKind.Function when btf.Get<BtfFunction>(id) is { Linkage: BtfFunctionLinkage.Extern } function:
                    builder.Replace(id, new BtfFunction(function.Name, NameParameters(btf, builder, function.Prototype), BtfFunctionLinkage.Global));
                    break;
                case BtfKind.Variable when btf.Get<BtfVariable>(id) is { Linkage: BtfVariableLinkage.Extern } variable:
                    // Kernel variables may be of void or of a struct that is only declared, which have no size.
                    builder.Replace(id, new BtfVariable(variable.Name, btf.TrySizeOf(variable.Type, out _) ? variable.Type : number, BtfVariableLinkage.Global));
                    break;
                case BtfKind.DataSection when btf.Get<BtfDataSection>(id) is { Name: ObjectNames.KernelSymbols } section:
                    builder.Replace(id, PlaceExterns(btf, builder, section, number));
                    break;
                case BtfKind.DataSection when btf.Get<BtfDataSection>(id) is { Name: ObjectNames.KernelOptions } section:
                    builder.Replace(id, PlaceOptions(spec, section));
                    break;
            }
        }
    }

    private static BtfDataSection PlaceExterns(BtfSpec btf, BtfBuilder builder, BtfDataSection section, BtfTypeId number)
    {
        ImmutableArray<BtfSectionEntry>.Builder entries = ImmutableArray.CreateBuilder<BtfSectionEntry>(section.Entries.Length);
        uint end = 0;
        foreach (BtfSectionEntry entry in section.Entries)
        {
            // A section holds variables only: one stands for each function.
            BtfTypeId variable = btf[entry.Variable] is BtfFunction function
                ? builder.AddVariable($"{function.Name}_ksym", number, BtfVariableLinkage.Global)
                : entry.Variable;
            (uint size, uint alignment) = btf.TrySizeOf(entry.Variable, out uint known) && known > 0 ? (known, (uint)btf.AlignmentOf(entry.Variable)) : (ExternSize, ExternSize);
            uint start = (end + alignment - 1) / alignment * alignment;
            entries.Add(new BtfSectionEntry(variable, start, size));
            end = start + size;
        }

        return new BtfDataSection(section.Name, end, entries.MoveToImmutable());
    }

    /// <summary>Options are where programs look for them. Ones that the symbol table does not know have no place.</summary>
    private static BtfDataSection PlaceOptions(BpfObjectSpec spec, BtfDataSection section)
    {
        BpfExtern[] options = [.. spec.Externs.Where(one => one is { Kind: BpfExternKind.KernelOption, Format.Size: > 0 })];
        uint size = options is [.., { } last] ? last.Offset + last.Format.Size : 0;
        return new BtfDataSection(section.Name, size, [.. options.Select(one => new BtfSectionEntry(one.Type, one.Offset, one.Format.Size))]);
    }

    /// <summary>A function that is not extern has names for its parameters.</summary>
    private static BtfTypeId NameParameters(BtfSpec btf, BtfBuilder builder, BtfTypeId id)
    {
        BtfFunctionPrototype prototype = btf.Get<BtfFunctionPrototype>(id);
        return prototype.Parameters.All(parameter => parameter.Name.Length > 0)
            ? id
            : builder.AddFunctionPrototype(
                prototype.ReturnType, prototype.IsVariadic, [.. prototype.Parameters.Select((parameter, i) => parameter.Name.Length > 0 ? parameter : parameter with { Name = $"arg{i}" })]);
    }
}

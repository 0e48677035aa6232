using System.Collections.Immutable;

namespace EbpfNet.Btf;

/// <summary>
/// Rewrites BTF for kernels that do not take all of it: each type that such a kernel does not know becomes one that it knows, of the same size. Ids and string offsets stay, and so does
/// what refers to them. What it becomes means little; the rest is taken for it.
/// </summary>
internal static class BtfSanitizer
{
    private const string FillerName = "ebpfnet_filler";

    /// <summary>The features that BTF makes use of.</summary>
    public static BtfFeatures FindUsed(BtfSpec spec)
    {
        BtfFeatures used = BtfFeatures.None;
        for (BtfTypeId id = spec.FirstId; id.Value < (uint)spec.TypeCount; id = new BtfTypeId(id.Value + 1))
        {
            BtfTypeView type = spec.View(id);
            used |= type.Kind switch
            {
                BtfKind.FunctionPrototype => BtfFeatures.Functions,
                BtfKind.Function when type.Length != (int)BtfFunctionLinkage.Static => BtfFeatures.Functions | BtfFeatures.GlobalFunctions,
                BtfKind.Function => BtfFeatures.Functions,
                BtfKind.Variable => BtfFeatures.DataSections,
                BtfKind.DataSection => BtfFeatures.DataSections
                    | (type.Name.StartsWith("?"u8) ? BtfFeatures.OptionalSections : BtfFeatures.None)
                    | (type.Length == 0 ? BtfFeatures.EmptySections : BtfFeatures.None),
                BtfKind.Float => BtfFeatures.Floats,
                BtfKind.DeclTag => BtfFeatures.DeclTags | (type.Flag ? BtfFeatures.Attributes : BtfFeatures.None),
                BtfKind.TypeTag => BtfFeatures.TypeTags | (type.Flag ? BtfFeatures.Attributes : BtfFeatures.None),
                BtfKind.Enum64 => BtfFeatures.Enum64,
                BtfKind.Enum when type.Flag => BtfFeatures.Enum64,
                _ => BtfFeatures.None,
            };
        }

        GC.KeepAlive(spec);
        return used;
    }

    /// <summary>Rewrites what a kernel does not take.</summary>
    /// <param name="spec">The BTF.</param>
    /// <param name="missing">The features that the kernel lacks.</param>
    /// <returns>The BTF that the kernel takes, header included.</returns>
    public static byte[] Sanitize(BtfSpec spec, BtfFeatures missing)
    {
        if ((missing & (BtfFeatures.Functions | BtfFeatures.DataSections)) != 0)
        {
            missing |= BtfFeatures.DeclTags; // They are on what goes, and kernels so old do not know them anyway.
        }

        BtfBuilder builder = BtfBuilder.FromSpec(spec);
        BtfTypeId filler = default;
        foreach (BtfType type in spec.OwnTypes)
        {
            if (type is BtfEnum64 && missing.HasFlag(BtfFeatures.Enum64) && filler.IsVoid)
            {
                filler = builder.AddInt(FillerName, 1);
            }

            if (Replace(spec, type, missing, filler) is { } replacement)
            {
                builder.Replace(type.Id, replacement);
            }
        }

        return builder.ToArray();
    }

    /// <summary>What a type has to become; <see langword="null"/> when it may stay.</summary>
    private static BtfType? Replace(BtfSpec spec, BtfType type, BtfFeatures missing, BtfTypeId filler)
    {
        bool Lacks(BtfFeatures feature) => (missing & feature) != 0;
        switch (type)
        {
            case BtfFunctionPrototype when Lacks(BtfFeatures.Functions):
                return new BtfInt(FillerName, 4);
            case BtfFunction function when Lacks(BtfFeatures.Functions):
                return new BtfTypedef(function.Name, function.Prototype);
            case BtfFunction { Linkage: not BtfFunctionLinkage.Static } function when Lacks(BtfFeatures.GlobalFunctions):
                return new BtfFunction(function.Name, function.Prototype, BtfFunctionLinkage.Static);
            case BtfVariable when Lacks(BtfFeatures.DataSections):
                return new BtfInt(type.Name, 1); // As small as any variable, so that it fits in its place.
            case BtfDataSection section when Lacks(BtfFeatures.DataSections) || (section.Entries.IsEmpty && Lacks(BtfFeatures.EmptySections)):
                return new BtfStruct(ToIdentifier(section.Name), section.Size, MembersOf(spec, section));
            case BtfDataSection { Name: ['?', ..] } section when Lacks(BtfFeatures.OptionalSections):
                return new BtfDataSection("_" + section.Name[1..], section.Size, section.Entries);
            case BtfFloat number when Lacks(BtfFeatures.Floats):
                return new BtfStruct("", number.Size); // Of that size, and not named like a type of C's.
            case BtfDeclTag tag when Lacks(BtfFeatures.DeclTags) || (tag.IsAttribute && Lacks(BtfFeatures.Attributes)):
                return new BtfInt(FillerName, 1);
            case BtfTypeTag tag when Lacks(BtfFeatures.TypeTags) || (tag.IsAttribute && Lacks(BtfFeatures.Attributes)):
                return new BtfConst(tag.Target);
            case BtfEnum64 wide when Lacks(BtfFeatures.Enum64):
                return new BtfUnion(wide.Name, wide.Size, [.. wide.Enumerators.Select(one => new BtfMember(one.Name, filler, 0))]);
            case BtfEnum { IsSigned: true } signed when Lacks(BtfFeatures.Enum64):
                return new BtfEnum(signed.Name, signed.Size, false, [.. signed.Enumerators.Select(one => one with { Value = (uint)one.Value })]);
            default:
                return null;
        }
    }

    private static ImmutableArray<BtfMember> MembersOf(BtfSpec spec, BtfDataSection section) =>
        [.. section.Entries.Select(entry => new BtfMember(spec[entry.Variable].Name, entry.Variable, unchecked(entry.Offset * 8)))];

    /// <summary>A section's name as the name of a struct.</summary>
    private static string ToIdentifier(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
}

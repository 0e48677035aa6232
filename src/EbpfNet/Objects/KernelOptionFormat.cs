using EbpfNet.Btf;

namespace EbpfNet.Objects;

/// <summary>What kind of values an option of the kernel's configuration takes, by its type in C.</summary>
internal enum KernelOptionKind
{
    /// <summary>None that an option could have: a struct, another enum, a pointer.</summary>
    Unsupported,

    /// <summary><c>_Bool</c>: y or n.</summary>
    Boolean,

    /// <summary><c>enum libbpf_tristate</c>: y, n or m.</summary>
    Tristate,

    /// <summary>One byte: y, n, m or a number.</summary>
    Character,

    /// <summary>A number of 2, 4 or 8 bytes.</summary>
    Integer,

    /// <summary>An array of characters: a text in quotation marks.</summary>
    Text,
}

/// <summary>How the value of an option is stored in <c>.kconfig</c>.</summary>
/// <param name="Kind">What it may be.</param>
/// <param name="Size">The size in bytes.</param>
/// <param name="Alignment">The alignment in bytes.</param>
/// <param name="IsSigned">Whether numbers may be negative.</param>
internal readonly record struct KernelOptionFormat(KernelOptionKind Kind, uint Size, uint Alignment, bool IsSigned)
{
    private const string TristateName = "libbpf_tristate";

    /// <summary>The format of a variable in <c>.kconfig</c>.</summary>
    public static KernelOptionFormat Of(BtfSpec btf, BtfTypeId variable)
    {
        BtfTypeId type = btf.Get<BtfVariable>(variable).Type;
        return btf.TrySizeOf(type, out uint size) && size > 0
            ? new KernelOptionFormat(KindOf(btf, type, out bool isSigned), size, (uint)btf.AlignmentOf(type), isSigned)
            : default;
    }

    private static KernelOptionKind KindOf(BtfSpec btf, BtfTypeId id, out bool isSigned)
    {
        isSigned = false;
        switch (btf[btf.SkipModifiers(id)])
        {
            case BtfInt { Encoding: var encoding, Size: var size } when (encoding & BtfIntEncoding.Bool) != 0:
                return size == 1 ? KernelOptionKind.Boolean : KernelOptionKind.Unsupported;
            case BtfInt { Size: 1 or 2 or 4 or 8 } number:
                isSigned = (number.Encoding & BtfIntEncoding.Signed) != 0;
                return number.Size == 1 ? KernelOptionKind.Character : KernelOptionKind.Integer;
            case BtfEnumeration { Name: TristateName, Size: 4 }:
                return KernelOptionKind.Tristate;
            case BtfArray { Length: > 0 } array when KindOfElement(btf, array.ElementType) == KernelOptionKind.Character:
                return KernelOptionKind.Text;
            default:
                return KernelOptionKind.Unsupported;
        }
    }

    private static KernelOptionKind KindOfElement(BtfSpec btf, BtfTypeId id) =>
        btf[btf.SkipModifiers(id)] is BtfInt ? KindOf(btf, id, out _) : KernelOptionKind.Unsupported;
}

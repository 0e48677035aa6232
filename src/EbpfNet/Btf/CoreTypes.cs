using System.Text;

namespace EbpfNet.Btf;

/// <summary>One side of a CO-RE comparison: the types of the object, of the kernel or of a module, with the sizes that its pointers have.</summary>
internal sealed class CoreTypes
{
    private const uint DefaultPointerSize = 8;

    private static readonly string[] LongNames = ["long", "long int", "long unsigned int", "unsigned long"];

    private uint _pointerSize;

    /// <param name="spec">The types.</param>
    /// <param name="pointerSize">The size of a pointer; 0 to find out when it matters.</param>
    public CoreTypes(BtfSpec spec, uint pointerSize = 0)
    {
        Spec = spec;
        _pointerSize = pointerSize;
    }

    public BtfSpec Spec { get; }

    /// <summary>Where the types come from, for messages: <c>vmlinux</c>.</summary>
    public string Name => Spec.Section;

    public uint PointerSize => _pointerSize != 0 ? _pointerSize : _pointerSize = FindPointerSize();

    public BtfTypeView View(BtfTypeId id) => Spec.View(id);

    public BtfTypeId Skip(BtfTypeId id) => Spec.SkipModifiers(id);

    /// <summary>The size of a type; unlike <see cref="BtfSpec.TrySizeOf"/> it makes no objects and knows 32-bit kernels.</summary>
    public bool TrySizeOf(BtfTypeId id, out uint size)
    {
        ulong count = 1;
        BtfTypeId at = id;
        for (int depth = 0; depth < BtfSpec.MaxDepth; depth++)
        {
            BtfTypeView type = View(at);
            switch (type.Kind)
            {
                case BtfKind.Int or BtfKind.Float or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.DataSection:
                    return Fits(count * type.Size, out size);
                case BtfKind.Pointer:
                    return Fits(count * PointerSize, out size);
                case BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag or BtfKind.Variable:
                    at = type.Target;
                    break;
                case BtfKind.Array when Fits(count * type.ArrayLength, out uint elements):
                    count = elements;
                    at = type.ElementType;
                    break;
                default:
                    size = 0;
                    return false;
            }
        }

        throw Spec.TooDeep(id);
    }

    /// <summary>The type of the elements behind any number of array dimensions; other types as they are.</summary>
    public BtfTypeId SkipArrays(BtfTypeId id)
    {
        BtfTypeId at = Skip(id);
        for (int depth = 0; depth < BtfSpec.MaxDepth; depth++)
        {
            BtfTypeView type = View(at);
            if (type.Kind != BtfKind.Array)
            {
                return at;
            }

            at = Skip(type.ElementType);
        }

        throw Spec.TooDeep(id);
    }

    /// <summary>A byte string of this side's, for messages.</summary>
    public static string Text(ReadOnlySpan<byte> name) => Encoding.UTF8.GetString(name);

    private static bool Fits(ulong value, out uint size)
    {
        size = (uint)value;
        return value <= uint.MaxValue;
    }

    /// <summary>On every architecture of Linux a <c>long</c> is as wide as a pointer.</summary>
    private uint FindPointerSize()
    {
        BtfSpec origin = Spec.Base ?? Spec;
        foreach (string name in LongNames)
        {
            foreach (BtfTypeId id in origin.FindIds(name, BtfKind.Int.ToSet()))
            {
                if (origin.View(id).Size is (4 or 8) and uint size)
                {
                    return size;
                }
            }
        }

        return DefaultPointerSize;
    }
}

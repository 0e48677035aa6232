using EbpfNet.Btf;

namespace EbpfNet.Tests.Btf;

/// <summary>Everything a type says, as text to compare, and everything that can be asked of a spec.</summary>
internal static class BtfDump
{
    public static string[] Lines(BtfSpec spec) => [.. spec.OwnTypes.Select(type => $"{type.Id} {Line(type)}")];

    public static string Line(BtfType type) => $"{type.Kind} '{type.Name}' " + type switch
    {
        BtfInt t => $"size={t.Size} encoding={(byte)t.Encoding} offset={t.BitOffset} bits={t.Bits}",
        BtfFloat t => $"size={t.Size}",
        BtfPointer t => $"{t.Target}",
        BtfArray t => $"{t.ElementType} {t.IndexType} x{t.Length}",
        BtfComposite t => $"size={t.Size} {string.Join("; ", t.Members)}",
        BtfEnumeration t => $"size={t.Size} signed={t.IsSigned} {string.Join("; ", t.Enumerators)}",
        BtfForward t => $"union={t.IsUnion}",
        BtfTypeTag t => $"{t.Target} attribute={t.IsAttribute}",
        BtfModifier t => $"{t.Target}",
        BtfFunction t => $"{t.Prototype} {t.Linkage}",
        BtfFunctionPrototype t => $"{t.ReturnType} variadic={t.IsVariadic} {string.Join("; ", t.Parameters)}",
        BtfVariable t => $"{t.Type} {t.Linkage}",
        BtfDataSection t => $"size={t.Size} {string.Join("; ", t.Entries)}",
        BtfDeclTag t => $"{t.Target} index={t.ComponentIndex} attribute={t.IsAttribute}",
        _ => throw new ArgumentException($"no dump for {type.GetType()}"),
    };

    /// <summary>Decodes every type and asks everything about it; only <see cref="BpfObjectFormatException"/> may come of it.</summary>
    public static void AskEverything(BtfSpec spec)
    {
        foreach (BtfType type in spec.OwnTypes)
        {
            // The walk has proved that decoding cannot fail; what follows references may end in a loop.
            Line(type);
            Ask(() => spec.Describe(type.Id));
            Ask(() => spec.Describe(type.Id, "name"));
            Ask(() => spec.TrySizeOf(type.Id, out _));
            Ask(() => spec.SizeOf(type.Id));
            Ask(() => spec.AlignmentOf(type.Id));
            Ask(() => spec.SkipModifiers(type.Id));
            Ask(() => spec.EnumerateFields(type.Id).Count());
            Assert.True(type.IsAnonymous || type.Name.Contains('\uFFFD') || type.Name.Length >= 4096 || spec.FindAll(type.Name).Contains(type));
        }

        static void Ask(Func<object> question)
        {
            try
            {
                question();
            }
            catch (BpfObjectFormatException)
            {
            }
        }
    }
}

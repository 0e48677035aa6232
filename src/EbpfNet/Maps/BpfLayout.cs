using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using EbpfNet.Btf;

namespace EbpfNet;

/// <summary>The check that a C# type fits the data of a map or variable, made once for each view.</summary>
internal static unsafe class BpfLayout
{
    /// <summary>What trimming has to keep of a type that a view is made of.</summary>
    public const DynamicallyAccessedMemberTypes Members = DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields;

    /// <param name="target">What the type is to describe, as messages say it: <c>the values of map 'flows'</c>.</param>
    /// <param name="size">The size that the data has.</param>
    /// <param name="btf">The object's types, where they are known.</param>
    /// <param name="type">The data's type among them.</param>
    /// <exception cref="BpfLayoutException">The type does not fit.</exception>
    public static void Require<[DynamicallyAccessedMembers(Members)] T>(string target, int size, BtfSpec? btf, BtfTypeId type)
        where T : unmanaged
    {
        string name = LayoutReader.NameOf(typeof(T));
        BpfTypeLayout layout = LayoutReader.Read<T>(target);
        if (btf is not null && !type.IsVoid)
        {
            new LayoutComparer(btf, name, target).Compare(layout, type);
        }

        if (layout.Size != size)
        {
            throw new BpfLayoutException(name, target, SizeProblem(layout, size), actualOffset: layout.Size, expectedOffset: size);
        }
    }

    /// <summary>A wrong size, and what it most likely comes from.</summary>
    public static string SizeProblem(BpfTypeLayout layout, int size)
    {
        string sizes = string.Create(CultureInfo.InvariantCulture, $"it has {layout.Size} bytes, but {size} are needed");
        int end = layout.Fields.IsEmpty ? layout.Size : layout.Fields.Max(field => field.End);
        return end == size && end < layout.Size
            ? $"{sizes}: the last field ends there, what follows is padding that C does not have; give the struct [StructLayout(LayoutKind.Sequential, Pack = …)]"
            : $"{sizes}; note that bool has 1 byte and char 2 in C#";
    }
}

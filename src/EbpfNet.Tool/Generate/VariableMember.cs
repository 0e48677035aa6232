using EbpfNet.Btf;

namespace EbpfNet.Tool.Generate;

/// <summary>A global variable as a property.</summary>
/// <param name="Spec">The variable.</param>
/// <param name="Name">Its name in C#.</param>
/// <param name="Declaration">Its declaration in C, as far as it is known.</param>
/// <param name="Whole">The type of all of it, arrays included; <see langword="null"/> where C# has none.</param>
/// <param name="Element">The type that the loaded variable is read by: for an array that of its elements.</param>
internal sealed record VariableMember(BpfVariableSpec Spec, string Name, string Declaration, CSharpType? Whole, CSharpType? Element)
{
    public static VariableMember Of(BpfVariableSpec variable, string name, BtfSpec? btf, TypeTable types)
    {
        if (btf is null || variable.TypeId is not { } id || id.IsVoid || !btf.TrySizeOf(id, out uint size) || size != variable.Size)
        {
            CSharpType? bytes = types.Bytes(variable.Size);
            return new VariableMember(variable, name, $"{variable.Name}, {variable.Size} bytes", bytes, bytes);
        }

        BtfTypeId type = btf[id] is BtfVariable declared ? declared.Type : id;
        CSharpType? whole = types.Find(type, name);
        BtfTypeId innermost = types.SkipArrays(type, out bool isArray);
        CSharpType? element = !isArray || whole is { IsText: true } ? whole : types.Find(innermost, name);
        return new VariableMember(variable, name, btf.Describe(type, variable.Name), whole, element);
    }
}

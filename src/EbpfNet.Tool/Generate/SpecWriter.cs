namespace EbpfNet.Tool.Generate;

/// <summary>Writes the class through which an object is changed before it is loaded.</summary>
internal static class SpecWriter
{
    public static void Write(CodeWriter code, ObjectModel model)
    {
        code.Separate();
        code.Summary("The object before it is loaded: what its variables start with, how large its maps are, which programs are loaded.");
        code.Open("public sealed partial class Spec");
        code.Line("internal Spec(global::EbpfNet.BpfObjectSpec read) => Object = read;");
        code.Separate();
        code.Summary("The object itself, to be changed in every other way.");
        code.Line("public global::EbpfNet.BpfObjectSpec Object { get; }");
        foreach ((BpfProgramSpec program, string name) in model.Programs)
        {
            code.Separate();
            code.Summary($"Program <c>{DotNetNames.Xml(program.Name)}</c>, section <c>{DotNetNames.Xml(program.SectionName)}</c>.");
            code.Line($"public global::EbpfNet.BpfProgramSpec {name} => Object.Programs[{DotNetNames.Literal(program.Name)}];");
        }

        foreach (MapMember map in model.Maps)
        {
            code.Separate();
            code.Summary($"Map <c>{DotNetNames.Xml(map.Spec.Name)}</c>.");
            code.Line($"public global::EbpfNet.BpfMapSpec {map.Name} => Object.Maps[{DotNetNames.Literal(map.Spec.Name)}];");
        }

        foreach (VariableMember variable in model.Variables)
        {
            code.Separate();
            WriteVariable(code, variable);
        }

        code.Separate();
        code.Summary("The object itself.");
        code.Line("/// <param name=\"spec\">The spec.</param>");
        code.Line("public static implicit operator global::EbpfNet.BpfObjectSpec(Spec spec) => spec.Object;");
        code.Close();
    }

    private static void WriteVariable(CodeWriter code, VariableMember variable)
    {
        string name = DotNetNames.Literal(variable.Spec.Name);
        code.Summary($"What variable <c>{DotNetNames.Xml(variable.Declaration)}</c> starts with{(variable.Spec.IsConstant ? "; programs see it as a constant" : "")}.");
        if (variable.Whole is null)
        {
            code.Line($"public global::EbpfNet.BpfVariableSpec {variable.Name} => Object.Variables[{name}];");
            return;
        }

        code.Open($"public {variable.Whole.Text} {variable.Name}");
        code.Line($"get => Object.Variables[{name}].GetValue<{variable.Whole.Text}>();");
        code.Line($"set => Object.Variables[{name}].SetValue(value);");
        code.Close();
    }
}

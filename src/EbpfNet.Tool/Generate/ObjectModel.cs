using EbpfNet.Btf;

namespace EbpfNet.Tool.Generate;

/// <summary>What a generated class consists of: everything of an object with its name and type in C#.</summary>
internal sealed class ObjectModel
{
    /// <summary>The members that every generated class has.</summary>
    private static readonly string[] OfEveryClass = ["Object", "Spec", "Load", "ReadSpec", "Dispose", "AttachAll", "OnLoaded", "OnSpecRead", "OnDisposing", "__Edit", "__View", "__views"];

    private readonly NameScope _names;

    /// <param name="spec">The object.</param>
    /// <param name="className">The class's name.</param>
    /// <param name="typeNames">Types to be declared even if no map and no variable is made of them, by their names in C.</param>
    /// <exception cref="BpfObjectFormatException">The object's types make no sense.</exception>
    /// <exception cref="UsageException">There is no type of a name that was asked for.</exception>
    public ObjectModel(BpfObjectSpec spec, string className, params IEnumerable<string> typeNames)
    {
        Spec = spec;
        ClassName = className;
        _names = new NameScope([className, .. OfEveryClass]);
        TypeTable types = new(spec.Btf, _names);

        // What stands in the source has its plain name; of types that have the name of a map, the type gives way.
        (BpfProgramSpec Spec, string Name)[] programs = [.. spec.Programs.Select(program => (program, _names.Take(DotNetNames.Pascal(program.Name), "Program")))];
        (BpfMapSpec Spec, string Name)[] maps = [.. spec.Maps.Where(map => !map.IsDataSection).Select(map => (map, _names.Take(DotNetNames.Pascal(map.Name), "Map")))];
        (BpfVariableSpec Spec, string Name)[] variables = [.. spec.Variables.Select(variable => (variable, _names.Take(DotNetNames.Pascal(variable.Name), "Variable")))];
        Programs = programs;
        Maps = [.. maps.Select(map => MapMember.Of(map.Spec, map.Name, types))];
        Variables = [.. variables.Select(variable => VariableMember.Of(variable.Spec, variable.Name, spec.Btf, types))];
        if (spec.Btf is { } btf)
        {
            foreach (BtfTypeId further in new FurtherTypes(spec, btf).Find(typeNames))
            {
                types.Find(further, "");
            }
        }
        else if (typeNames.FirstOrDefault() is { } wanted)
        {
            throw new UsageException($"there is no type '{wanted}': the object has no types (it was compiled without -g)");
        }

        Types = types.Definitions;
    }

    /// <summary>Whether every generated class has a member of a name: C# then allows no class to have it.</summary>
    public static bool IsOfEveryClass(string name) => OfEveryClass.Contains(name);

    public BpfObjectSpec Spec { get; }

    public string ClassName { get; }

    public IReadOnlyList<(BpfProgramSpec Spec, string Name)> Programs { get; }

    public IReadOnlyList<MapMember> Maps { get; }

    public IReadOnlyList<VariableMember> Variables { get; }

    public IReadOnlyList<TypeDefinition> Types { get; }
}

using System.CommandLine;
using EbpfNet.Tool.Generate;

namespace EbpfNet.Tool;

/// <summary><c>ebpfnet gen</c>: C# for an object.</summary>
internal static class GenCommand
{
    private static readonly Argument<string> File = new("OBJECT") { Description = "The BPF object." };

    private static readonly Option<string> Namespace = new("--namespace") { Description = "The namespace of the class.", HelpName = "NAME", Required = true };

    private static readonly Option<string?> Class = new("--class") { Description = "The class; named after the object if not given.", HelpName = "NAME" };

    private static readonly Option<string?> Output = new("--output") { Description = "The file to write; standard output if not given.", HelpName = "FILE" };

    private static readonly Option<string?> Resource = new("--resource") { Description = "The resource of the assembly that will hold the object: with it, Load() needs no file.", HelpName = "NAME" };

    private static readonly Option<string?> Types = new("--types") { Description = "Types of C to declare although no map, variable or function needs them, separated by ';'.", HelpName = "NAMES" };

    // What the build of a project needs besides.
    private static readonly Option<string?> ClassSuffix = new("--class-suffix") { Hidden = true };

    private static readonly Option<bool> MsBuild = new("--msbuild") { Hidden = true };

    internal static Command Create()
    {
        Command gen = new("gen", "Writes a C# class for an object: its programs, maps and variables as typed members, its structs and enumerations with their layout.")
        {
            File, Namespace, Class, Output, Resource, Types, ClassSuffix, MsBuild,
        };
        gen.SetAction((parsed, cancel) => parsed.GetValue(MsBuild) ? BuildErrors.RunAsync(parsed.GetValue(File)!, () => RunAsync(parsed, cancel)) : RunAsync(parsed, cancel));
        return gen;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        string file = parsed.GetValue(File)!;
        BpfObjectSpec spec = BpfObjectSpec.ReadFile(file);
        string name = NullIfEmpty(parsed.GetValue(Class)) ?? DotNetNames.Pascal(spec.Name) + parsed.GetValue(ClassSuffix);
        string[] types = (parsed.GetValue(Types) ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string code = ObjectGenerator.Generate(spec, new GeneratorOptions(Path.GetFileName(file), parsed.GetValue(Namespace)!, name, NullIfEmpty(parsed.GetValue(Resource)), types));
        if (parsed.GetValue(Output) is { } output)
        {
            await WriteIfOtherAsync(output, code, cancel);
        }
        else
        {
            await Console.Out.WriteAsync(code);
        }

        return CommandLine.Success;
    }

    /// <summary>What stays the same keeps its time, so that nothing is compiled again for it.</summary>
    private static async Task WriteIfOtherAsync(string path, string text, CancellationToken cancel)
    {
        if (!System.IO.File.Exists(path) || await System.IO.File.ReadAllTextAsync(path, cancel) != text)
        {
            await System.IO.File.WriteAllTextAsync(path, text, cancel);
        }
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

using System.CommandLine;
using EbpfNet.Tool.Generate;

namespace EbpfNet.Tool;

/// <summary><c>ebpfnet gen</c>: C# for an object.</summary>
internal static class GenCommand
{
    private static readonly Argument<string> Input = new("OBJECT") { Description = "The BPF object, or a C source (x.bpf.c), which is compiled first." };

    private static readonly Option<string> Namespace = new("--namespace") { Description = "The namespace of the class.", HelpName = "NAME", Required = true };

    private static readonly Option<string?> Class = new("--class") { Description = "The class; named after the object if not given.", HelpName = "NAME" };

    private static readonly Option<string?> Output = new("--output") { Description = "The file to write; standard output if not given.", HelpName = "FILE" };

    private static readonly Option<string?> Resource = new("--resource") { Description = "The resource of the assembly that will hold the object: with it, Load() needs no file.", HelpName = "NAME" };

    private static readonly Option<string?> Types = new("--types") { Description = "Types of C to declare although no map, variable or function needs them, separated by ';'.", HelpName = "NAMES" };

    private static readonly Option<string?> Include = new("--include") { Description = "Folders in which a C source finds what it includes, separated by ';'.", HelpName = "FOLDERS" };

    private static readonly Option<string?> Object = new("--object") { Description = "Where to keep the object that a C source is compiled to.", HelpName = "FILE" };

    // What the build of a project needs besides.
    private static readonly Option<string?> ClassSuffix = new("--class-suffix") { Hidden = true };

    private static readonly Option<bool> NamespaceIsDefault = new("--namespace-is-default") { Hidden = true };

    private static readonly Option<bool> MsBuild = new("--msbuild") { Hidden = true };

    private static readonly Option<string?> Clang = new("--clang") { Hidden = true };

    private static readonly Option<string?> ClangArguments = new("--clang-arguments") { Hidden = true };

    private static readonly Option<string?> IncludeLast = new("--include-last") { Hidden = true };

    private static readonly Option<string?> Inputs = new("--inputs") { Hidden = true };

    internal static Command Create()
    {
        Command gen = new("gen", "Writes a C# class for an object: its programs, maps and variables as typed members, its structs and enumerations with their layout.")
        {
            Input, Namespace, Class, Output, Resource, Types, Include, Object, ClassSuffix, NamespaceIsDefault, MsBuild, Clang, ClangArguments, IncludeLast, Inputs,
        };
        gen.SetAction((parsed, cancel) => parsed.GetValue(MsBuild) ? BuildErrors.RunAsync(parsed.GetValue(Input)!, () => RunAsync(parsed, cancel)) : RunAsync(parsed, cancel));
        return gen;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        string input = parsed.GetValue(Input)!;
        if (!input.EndsWith(".c", StringComparison.Ordinal))
        {
            await GenerateAsync(parsed, input, cancel);
            return CommandLine.Success;
        }

        DirectoryInfo? scratch = parsed.GetValue(Object) is null ? Directory.CreateTempSubdirectory("ebpfnet-gen-") : null;
        try
        {
            string target = parsed.GetValue(Object) ?? Path.Combine(scratch!.FullName, Path.ChangeExtension(Path.GetFileName(input), ".o"));
            CompileOptions options = new(Split(parsed.GetValue(Include), ';'), Split(parsed.GetValue(IncludeLast), ';'), Split(parsed.GetValue(ClangArguments), ' '));
            if (await SourceObject.MakeAsync(input, target, ClangCompiler.Find(parsed.GetValue(Clang)), options, cancel) is not { } inputs)
            {
                return CommandLine.Failure;
            }

            if (parsed.GetValue(Inputs) is { } list)
            {
                await WriteIfOtherAsync(list, string.Concat(inputs.Select(file => file + "\n")), cancel);
            }

            await GenerateAsync(parsed, target, cancel);
            return CommandLine.Success;
        }
        finally
        {
            scratch?.Delete(recursive: true);
        }
    }

    private static async Task GenerateAsync(ParseResult parsed, string path, CancellationToken cancel)
    {
        BpfObjectSpec spec = BpfObjectSpec.ReadFile(path);
        string where = parsed.GetValue(Namespace)!;
        GeneratorOptions options = new(
            Path.GetFileName(path), parsed.GetValue(NamespaceIsDefault) ? DotNetNames.Namespace(where) : where, NullIfEmpty(parsed.GetValue(Class)), NullIfEmpty(parsed.GetValue(Resource)), Split(parsed.GetValue(Types), ';'))
        {
            ClassSuffix = parsed.GetValue(ClassSuffix) ?? "",
        };
        string code = ObjectGenerator.Generate(spec, options);
        if (parsed.GetValue(Output) is { } output)
        {
            await WriteIfOtherAsync(output, code, cancel);
        }
        else
        {
            await Console.Out.WriteAsync(code);
        }
    }

    /// <summary>What stays the same keeps its time, so that nothing is compiled again for it.</summary>
    private static async Task WriteIfOtherAsync(string path, string text, CancellationToken cancel)
    {
        if (!File.Exists(path) || await File.ReadAllTextAsync(path, cancel) != text)
        {
            await File.WriteAllTextAsync(path, text, cancel);
        }
    }

    private static string[] Split(string? list, char separator) => (list ?? "").Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}

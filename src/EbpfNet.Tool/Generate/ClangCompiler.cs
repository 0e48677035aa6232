using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace EbpfNet.Tool.Generate;

/// <summary>Compiles C to BPF with the clang of this machine.</summary>
internal static class ClangCompiler
{
    /// <summary>The names it goes by, in the order in which they are tried.</summary>
    private static readonly string[] Names = ["clang-19", "clang"];

    /// <summary>The clang there is, or <see langword="null"/>.</summary>
    /// <param name="wanted">A path or name to use; <c>none</c> for none; empty for whatever there is.</param>
    public static string? Find(string? wanted) => wanted == "none" ? null : string.IsNullOrEmpty(wanted) ? Names.Select(Search).FirstOrDefault(path => path is not null) : Search(wanted) ?? wanted;

    /// <summary>Compiles a source. What clang has to say goes to standard error, in the form in which MSBuild takes it for its own.</summary>
    /// <param name="clang">The compiler.</param>
    /// <param name="source">The source.</param>
    /// <param name="target">The object to write.</param>
    /// <param name="options">Where to look for what it includes, and more arguments.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The files that the object was made of; <see langword="null"/> where the source does not compile.</returns>
    /// <exception cref="UsageException">There is no such compiler.</exception>
    public static async Task<string[]?> CompileAsync(string clang, string source, string target, CompileOptions options, CancellationToken cancel)
    {
        string dependencies = target + ".d";
        ProcessStartInfo start = new(clang,
        [
            "-g", "-O2", "-target", "bpf", $"-D__TARGET_ARCH_{TargetArchitecture}", "-fdiagnostics-format=msvc", "-fno-color-diagnostics", "-fno-ident", "-MD", "-MF", dependencies,
            .. options.IncludeFolders.SelectMany(folder => new[] { "-I", folder }),
            .. SystemFolders().Concat(options.LastFolders).SelectMany(folder => new[] { "-idirafter", folder }),
            .. options.Arguments, "-c", source, "-o", target,
        ]);
        try
        {
            using Process process = Process.Start(start)!;
            await process.WaitForExitAsync(cancel);
            return process.ExitCode == 0 ? Inputs(await File.ReadAllTextAsync(dependencies, cancel)) : null;
        }
        catch (Win32Exception e)
        {
            throw new UsageException($"'{clang}' cannot be started: {e.Message}");
        }
        finally
        {
            File.Delete(dependencies);
        }
    }

    /// <summary>The files that a rule of make's names: <c>x.bpf.o: x.bpf.c a\ b.h \</c>.</summary>
    internal static string[] Inputs(string rule)
    {
        List<string> files = [];
        string file = "";
        int start = rule.IndexOf(": ", StringComparison.Ordinal) + 2;
        for (int i = start; i < rule.Length; i++)
        {
            if (rule[i] == '\\' && i + 1 < rule.Length && rule[i + 1] is ' ' or '#')
            {
                file += rule[++i];
            }
            else if (char.IsWhiteSpace(rule[i]) || (rule[i] == '\\' && i + 1 < rule.Length && rule[i + 1] is '\n' or '\r'))
            {
                Add();
            }
            else
            {
                file += rule[i];
            }
        }

        Add();
        return [.. files];

        void Add()
        {
            if (file.Length != 0)
            {
                files.Add(file);
                file = "";
            }
        }
    }

    private static string TargetArchitecture => RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x86";

    /// <summary>Where Debian has headers of the machine's own (asm/types.h), which clang does not look into for another target.</summary>
    private static IEnumerable<string> SystemFolders() =>
        new[] { $"/usr/include/{(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64")}-linux-gnu" }.Where(Directory.Exists);

    private static string? Search(string name)
    {
        if (name.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            return File.Exists(name) ? name : null;
        }

        string[] endings = OperatingSystem.IsWindows() ? [".exe"] : [""];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => endings.Select(ending => Path.Combine(folder, name + ending)))
            .FirstOrDefault(File.Exists);
    }
}

/// <summary>How a source is compiled.</summary>
/// <param name="IncludeFolders">Where it finds what it includes.</param>
/// <param name="LastFolders">Where it looks after everywhere else.</param>
/// <param name="Arguments">More arguments for clang.</param>
internal sealed record CompileOptions(IReadOnlyList<string> IncludeFolders, IReadOnlyList<string> LastFolders, IReadOnlyList<string> Arguments);

using System.Runtime.InteropServices;
using EbpfNet.Kernel;
using EbpfNet.Objects;

namespace EbpfNet;

/// <summary>Finds programs and libraries by their short names, as a shell and the dynamic linker do.</summary>
internal sealed class BinarySearchPath
{
    private const long LongestCache = 64 * 1024 * 1024;

    private static readonly string[] UsualProgramFolders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    private readonly Func<string, bool> _exists;
    private readonly Func<string, IEnumerable<string>> _list;
    private readonly string[] _programFolders;
    private readonly string[] _libraryFolders;
    private readonly Lazy<List<(string Name, string Path)>> _cache;

    /// <param name="exists">Whether there is a file.</param>
    /// <param name="list">The names of the files in a folder.</param>
    /// <param name="path">The variable PATH.</param>
    /// <param name="libraryPath">The variable LD_LIBRARY_PATH.</param>
    /// <param name="cache">What the dynamic linker knows; asked only when it is needed.</param>
    internal BinarySearchPath(Func<string, bool> exists, Func<string, IEnumerable<string>> list, string? path, string? libraryPath, Func<List<(string Name, string Path)>> cache)
    {
        (_exists, _list) = (exists, list);
        _programFolders = Split(path) is { Length: > 0 } folders ? folders : UsualProgramFolders;
        _libraryFolders = Split(libraryPath);
        _cache = new(cache);
    }

    /// <summary>The running system's.</summary>
    public static BinarySearchPath Create() => new(
        File.Exists, ListFiles, Environment.GetEnvironmentVariable("PATH"), Environment.GetEnvironmentVariable("LD_LIBRARY_PATH"), ReadCache);

    /// <summary>Finds a file.</summary>
    /// <param name="name">A path with a slash; or the name of a library, with or without what follows <c>.so</c> or even <c>lib</c> in front; or the name of a program.</param>
    /// <param name="operation">What was being done, for the message.</param>
    /// <exception cref="BpfSyscallException">There is no such file.</exception>
    public string Find(string name, string operation)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            string path = Path.GetFullPath(name);
            return _exists(path) ? path : throw SyscallErrors.Create(BpfErrno.ENOENT, "open", operation, DescribeMissing(path));
        }

        return FindLibrary(name)
            ?? (IsLibrary(name) ? null : FindIn(_programFolders, name))
            ?? FindLibrary($"lib{name}")
            ?? throw SyscallErrors.Create(BpfErrno.ENOENT, "open", operation, DescribeUnknown(name));
    }

    private static bool IsLibrary(string name) => name.EndsWith(".so", StringComparison.Ordinal) || name.Contains(".so.", StringComparison.Ordinal);

    private string? FindLibrary(string name)
    {
        string[] standard = StandardFolders();
        if (IsLibrary(name))
        {
            return FindIn(_libraryFolders, name) ?? _cache.Value.FirstOrDefault(library => library.Name == name && _exists(library.Path)).Path ?? FindIn(standard, name);
        }

        if (!name.StartsWith("lib", StringComparison.Ordinal))
        {
            return null;
        }

        // 'libc' is whatever libc.so.6 is; without a number there may be a text for linkers.
        string start = name + ".so.";
        return FindVersion(_libraryFolders, start)
            ?? _cache.Value.FirstOrDefault(library => library.Name.StartsWith(start, StringComparison.Ordinal) && _exists(library.Path)).Path
            ?? FindVersion(standard, start)
            ?? FindIn([.. _libraryFolders, .. standard], name + ".so");
    }

    private string? FindVersion(string[] folders, string start) => folders
        .SelectMany(folder => _list(folder).Where(file => file.StartsWith(start, StringComparison.Ordinal)).OrderBy(file => file.Length).ThenBy(file => file, StringComparer.Ordinal).Select(file => $"{folder}/{file}"))
        .FirstOrDefault();

    private string? FindIn(string[] folders, string name) => folders.Select(folder => $"{folder}/{name}").FirstOrDefault(_exists);

    private string DescribeMissing(string path)
    {
        string folder = Path.GetDirectoryName(path) ?? "/";
        return NearestName.Find(Path.GetFileName(path), _list(folder)) is { } nearest
            ? $"There is no such file. `{Path.GetFileName(path)}`: did you mean `{nearest}`?"
            : "There is no such file";
    }

    private string DescribeUnknown(string name)
    {
        IEnumerable<string> known = IsLibrary(name) || name.StartsWith("lib", StringComparison.Ordinal)
            ? _cache.Value.Select(library => library.Name).SelectMany(library => new[] { library, library[..Math.Max(0, library.IndexOf(".so", StringComparison.Ordinal))] })
            : _programFolders.SelectMany(_list);
        return NearestName.Find(name, known.Where(other => other.Length > 0)) is { } nearest
            ? $"Neither a library nor a program of that name is on the search path. `{name}`: did you mean `{nearest}`?"
            : "Neither a library nor a program of that name is on the search path; give the path of the file";
    }

    private static string[] StandardFolders()
    {
        string triple = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
        return [$"/lib/{triple}", $"/usr/lib/{triple}", "/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"];
    }

    private static string[] Split(string? folders) => folders?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static List<(string Name, string Path)> ReadCache()
    {
        try
        {
            return PathDescriptor.TryReadFile(LibraryCache.DefaultPath, LongestCache) is { } bytes ? LibraryCache.Parse(bytes, RuntimeInformation.ProcessArchitecture) : [];
        }
        catch (BpfObjectFormatException)
        {
            return []; // The usual folders are looked at, too.
        }
    }

    private static string[] ListFiles(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder).Select(path => Path.GetFileName(path)!)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}

using System.Globalization;
using EbpfNet.Elf;
using EbpfNet.Objects;

namespace EbpfNet;

/// <summary>Finds the one function that a name means.</summary>
internal static class FunctionSearch
{
    private const int MostShown = 8;

    /// <summary>Where the function of a name is in the file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">Its name, with a version or without: <c>memcpy</c>, <c>memcpy@GLIBC_2.2.5</c>.</param>
    /// <exception cref="BpfRelocationException">There is none, or more than one: the message names them.</exception>
    public static ulong FindOffset(FunctionFile file, string name)
    {
        ulong address = FindAddress(file, name);
        return file.ToFileOffset(address) ?? throw new BpfRelocationException(name, string.Create(CultureInfo.InvariantCulture, $"its address 0x{address:x} is in no part of '{file.Path}' that is loaded as code"));
    }

    internal static ulong FindAddress(FunctionFile file, string text)
    {
        (string name, string? version, bool mustBeDefault) = FileFunction.ParseName(text);
        FileFunction[] all = [.. file.Functions.Where(function => function.Name == name)];
        if (all.Length == 0)
        {
            throw new BpfRelocationException(text, DescribeMissing(file, name));
        }

        FileFunction[] found = version is null
            ? all.Any(function => function.IsDefault) ? [.. all.Where(function => function.IsDefault)] : all
            : [.. all.Where(function => function.Version == version && (function.IsDefault || !mustBeDefault))];
        if (found.Length == 0)
        {
            throw new BpfRelocationException(text, $"'{file.Path}' has no such version of it; there is {List(all)}");
        }

        // What is seen from outside goes before what files within the program keep to themselves.
        FileFunction[] visible = [.. Best(found)];
        if (visible.All(function => function.IsIndirect))
        {
            throw new BpfRelocationException(
                text, $"in '{file.Path}' it stands for one of several functions, chosen for the processor when the program starts (IFUNC): name that one, {Implementations(file, name)}");
        }

        ulong[] addresses = [.. visible.Where(function => !function.IsIndirect).Select(function => function.Address).Distinct()];
        return addresses is [ulong only] ? only : throw new BpfRelocationException(
            text,
            version is null && visible.Any(function => function.Version is not null)
                ? $"'{file.Path}' has several functions of that name: {List(visible)}; name the version, or give an offset in the file"
                : $"'{file.Path}' has {addresses.Length} functions of that name: give the offset in the file of one of them, {Offsets(file, addresses)}");
    }

    private static IEnumerable<FileFunction> Best(FileFunction[] found)
    {
        foreach (ElfSymbolBinding binding in new[] { ElfSymbolBinding.Global, ElfSymbolBinding.Weak })
        {
            if (found.Any(function => function.Binding == binding))
            {
                return found.Where(function => function.Binding == binding);
            }
        }

        return found;
    }

    private static string DescribeMissing(FunctionFile file, string name)
    {
        string[] names = [.. file.Functions.Select(function => function.Name).Distinct(StringComparer.Ordinal)];
        string also = FunctionFile.IsStripped(file.Elf) ? " (it is stripped: only what it offers to others has a name, unless its debug symbols are installed)" : "";
        return NearestName.Find(name, names) is { } nearest
            ? $"'{file.Path}' has no such function. `{name}`: did you mean `{nearest}`?{also}"
            : $"'{file.Path}' has no such function{also}";
    }

    private static string List(IEnumerable<FileFunction> functions) => Join([.. functions.Select(function => function.ToString()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);

    private static string Offsets(FunctionFile file, ulong[] addresses) =>
        Join([.. addresses.Order().Select(address => string.Create(CultureInfo.InvariantCulture, $"0x{file.ToFileOffset(address) ?? address:x}"))]);

    private static string Implementations(FunctionFile file, string name) =>
        file.Functions.Where(function => !function.IsIndirect && function.Name.StartsWith($"__{name}_", StringComparison.Ordinal)).ToArray() is { Length: > 0 } found
            ? $"such as {List(found)}"
            : "which has a name in the library's debug symbols, or give an offset in the file";

    private static string Join(string[] names) => string.Join(", ", names.Take(MostShown)) + (names.Length > MostShown ? ", …" : "");
}

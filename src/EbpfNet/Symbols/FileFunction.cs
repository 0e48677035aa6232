using EbpfNet.Elf;

namespace EbpfNet;

/// <summary>A function of a program or library.</summary>
/// <param name="Name">Its name, without a version.</param>
/// <param name="Version">Its version; <see langword="null"/> for none.</param>
/// <param name="IsDefault">Whether it is the one that is taken where no version is asked for.</param>
/// <param name="Binding">Who may use it.</param>
/// <param name="IsIndirect">Whether it only chooses the function when the program starts.</param>
/// <param name="Address">Its address, as the file has it.</param>
internal readonly record struct FileFunction(string Name, string? Version, bool IsDefault, ElfSymbolBinding Binding, bool IsIndirect, ulong Address)
{
    public override string ToString() => Version is null ? Name : $"{Name}{(IsDefault ? "@@" : "@")}{Version}";

    /// <summary>Takes <c>name</c>, <c>name@VERSION</c> or <c>name@@VERSION</c> apart.</summary>
    public static (string Name, string? Version, bool IsDefault) ParseName(string text)
    {
        int at = text.IndexOf('@', 1);
        return at < 0 ? (text, null, true)
            : at + 1 < text.Length && text[at + 1] == '@' ? (text[..at], text[(at + 2)..], true)
            : (text[..at], text[(at + 1)..], false);
    }
}

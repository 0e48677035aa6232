namespace EbpfNet.Elf;

/// <summary>A place in a section that depends on a symbol (<c>Elf64_Rel</c>, <c>Elf64_Rela</c>).</summary>
/// <param name="Offset">The byte offset of the place within the section that is relocated. Nothing has checked it against the section.</param>
/// <param name="Symbol">The symbol.</param>
/// <param name="Type">How to compute the value, in the numbers of the file's machine (<c>R_BPF_64_64</c> is 1).</param>
/// <param name="Addend">What to add to the symbol's value, or <see langword="null"/> when the addend stands at the place itself (<c>SHT_REL</c>).</param>
public readonly record struct ElfRelocation(ulong Offset, ElfSymbol Symbol, uint Type, long? Addend);

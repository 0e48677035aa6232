using System.Collections.Immutable;
using EbpfNet.Btf;

namespace EbpfNet.Objects;

/// <summary>
/// A data section's BTF with sizes and offsets from the symbol table, where compilers leave them 0. The kernel refuses BTF without this.
/// </summary>
/// <param name="Section">The <see cref="BtfDataSection"/> to be replaced.</param>
/// <param name="Size">The section's size in bytes.</param>
/// <param name="Entries">Its variables, by offset.</param>
/// <param name="HiddenVariables">Those whose symbols are hidden: the kernel is told that they are static.</param>
internal sealed record DataSectionLayout(BtfTypeId Section, uint Size, ImmutableArray<BtfSectionEntry> Entries, ImmutableArray<BtfTypeId> HiddenVariables);

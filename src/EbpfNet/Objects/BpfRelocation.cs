using System.Collections.Immutable;

namespace EbpfNet.Objects;

/// <summary>An instruction that refers to something outside its function.</summary>
/// <param name="Slot">The instruction's slot: within its function as parsed, within the whole in a <see cref="LinkedProgram"/>.</param>
internal abstract record BpfRelocation(int Slot);

/// <summary>An <c>ld_imm64</c> that loads a map (<c>BPF_PSEUDO_MAP_FD</c>).</summary>
/// <param name="Slot"><inheritdoc cref="BpfRelocation" path="/param[@name='Slot']"/></param>
/// <param name="Map">The map, one of the object's.</param>
internal sealed record MapReference(int Slot, BpfMapSpec Map) : BpfRelocation(Slot);

/// <summary>An <c>ld_imm64</c> that loads the address of a byte of a data section's map (<c>BPF_PSEUDO_MAP_VALUE</c>).</summary>
/// <param name="Slot"><inheritdoc cref="BpfRelocation" path="/param[@name='Slot']"/></param>
/// <param name="Map">The map, one of the object's.</param>
/// <param name="Offset">The byte offset within the map's only value. It may lie outside: the verifier decides.</param>
internal sealed record MapValueReference(int Slot, BpfMapSpec Map, uint Offset) : BpfRelocation(Slot);

/// <summary>A call of another function of the object. The linker resolves it.</summary>
/// <param name="Slot"><inheritdoc cref="BpfRelocation" path="/param[@name='Slot']"/></param>
/// <param name="Target">The function called.</param>
internal sealed record FunctionCall(int Slot, BpfFunction Target) : BpfRelocation(Slot);

/// <summary>An <c>ld_imm64</c> that loads the address of a function for a callback (<c>BPF_PSEUDO_FUNC</c>). The linker resolves it.</summary>
/// <param name="Slot"><inheritdoc cref="BpfRelocation" path="/param[@name='Slot']"/></param>
/// <param name="Target">The function.</param>
internal sealed record FunctionAddress(int Slot, BpfFunction Target) : BpfRelocation(Slot);

/// <summary>An <c>ld_imm64</c> that loads the address of a table of jump targets. The kernel wants a map for each table of each program.</summary>
/// <param name="Slot"><inheritdoc cref="BpfRelocation" path="/param[@name='Slot']"/></param>
/// <param name="Offset">Where the table is in its section: the same place, the same table.</param>
/// <param name="Targets">The slots jumped to: within the function as parsed, within the whole in a <see cref="LinkedProgram"/>.</param>
internal sealed record JumpTableReference(int Slot, ulong Offset, ImmutableArray<int> Targets) : BpfRelocation(Slot);

/// <summary>A reference to something that the kernel has to provide: the address of a variable or a call of a kernel function.</summary>
/// <param name="Slot"><inheritdoc cref="BpfRelocation" path="/param[@name='Slot']"/></param>
/// <param name="Extern">What is referred to.</param>
/// <param name="IsCall">Whether the instruction is a call, else an <c>ld_imm64</c>.</param>
internal sealed record ExternReference(int Slot, BpfExtern Extern, bool IsCall) : BpfRelocation(Slot);

/// <summary>A reference that no loader could resolve. Parsing records it, so that only programs that make it cannot be loaded.</summary>
/// <param name="Slot"><inheritdoc cref="BpfRelocation" path="/param[@name='Slot']"/></param>
/// <param name="Symbol">What is referred to.</param>
/// <param name="Problem">Why that is impossible, as <see cref="BpfRelocationException"/> takes it.</param>
internal sealed record ImpossibleReference(int Slot, string Symbol, string Problem) : BpfRelocation(Slot);

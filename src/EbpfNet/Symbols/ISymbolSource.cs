namespace EbpfNet;

/// <summary>Knows the names of addresses: <see cref="KernelSymbols"/> or <see cref="ProcessSymbols"/>.</summary>
public interface ISymbolSource
{
    /// <summary>Finds out what an address belongs to.</summary>
    /// <param name="address">The address.</param>
    /// <returns>The address with what is known of it, which may be nothing.</returns>
    BpfStackFrame Resolve(ulong address);
}

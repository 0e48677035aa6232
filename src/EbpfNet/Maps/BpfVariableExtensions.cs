namespace EbpfNet;

/// <summary>Atomic additions to global variables, which neither programs nor other threads come in between.</summary>
public static class BpfVariableExtensions
{
    /// <summary>Adds to a variable (to its first element if it is an array); programs add with <c>__sync_fetch_and_add</c>.</summary>
    /// <param name="variable">The variable.</param>
    /// <param name="value">What to add.</param>
    /// <returns>The new value.</returns>
    /// <exception cref="InvalidOperationException">The variable is a constant.</exception>
    /// <exception cref="BpfNotSupportedException">The variable is not in shared memory (before Linux 5.5): there is no atomic addition then.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public static int Add(this BpfVariable<int> variable, int value)
    {
        ArgumentNullException.ThrowIfNull(variable);
        using BpfMapped<int> memory = variable.Map();
        return Interlocked.Add(ref memory.Value, value);
    }

    /// <inheritdoc cref="Add(BpfVariable{int}, int)"/>
    public static uint Add(this BpfVariable<uint> variable, uint value)
    {
        ArgumentNullException.ThrowIfNull(variable);
        using BpfMapped<uint> memory = variable.Map();
        return Interlocked.Add(ref memory.Value, value);
    }

    /// <inheritdoc cref="Add(BpfVariable{int}, int)"/>
    public static long Add(this BpfVariable<long> variable, long value)
    {
        ArgumentNullException.ThrowIfNull(variable);
        using BpfMapped<long> memory = variable.Map();
        return Interlocked.Add(ref memory.Value, value);
    }

    /// <inheritdoc cref="Add(BpfVariable{int}, int)"/>
    public static ulong Add(this BpfVariable<ulong> variable, ulong value)
    {
        ArgumentNullException.ThrowIfNull(variable);
        using BpfMapped<ulong> memory = variable.Map();
        return Interlocked.Add(ref memory.Value, value);
    }
}

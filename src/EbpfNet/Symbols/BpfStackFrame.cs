using System.Globalization;

namespace EbpfNet;

/// <summary>An address of code, and what is known of it.</summary>
/// <param name="Address">The address; in a call stack, the one to return to.</param>
/// <param name="Symbol">The name of the function that it is in, as its symbol table has it; <see langword="null"/> when that is not known.</param>
/// <param name="Offset">The distance from the start of the function, or, without one, from the start of the file; in bytes.</param>
/// <param name="Module">The file or kernel module that the function is in, <c>[vdso]</c>, or <c>[jit]</c>; <see langword="null"/> for the kernel itself, and when that is not known.</param>
public readonly record struct BpfStackFrame(ulong Address, string? Symbol = null, ulong Offset = 0, string? Module = null)
{
    /// <summary>For example <c>getpid+0x14 (libc.so.6)</c>, <c>0x7f32a1b4c5d6 (libc.so.6+0x1f2a0)</c> or <c>0x7f32a1b4c5d6</c>.</summary>
    public override string ToString()
    {
        string? file = Module is null ? null : Path.GetFileName(Module) is { Length: > 0 } name ? name : Module;
        return Symbol is not null
            ? string.Create(CultureInfo.InvariantCulture, $"{Symbol}+0x{Offset:x}") + (file is null ? "" : $" ({file})")
            : file is not null
                ? string.Create(CultureInfo.InvariantCulture, $"0x{Address:x} ({file}+0x{Offset:x})")
                : string.Create(CultureInfo.InvariantCulture, $"0x{Address:x}");
    }
}

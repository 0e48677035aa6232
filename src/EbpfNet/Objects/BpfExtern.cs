using EbpfNet.Btf;

namespace EbpfNet.Objects;

/// <summary>What kind of thing an extern is.</summary>
internal enum BpfExternKind
{
    /// <summary>The object does not say: declared without <c>__ksym</c> or <c>__kconfig</c>, or there is no BTF.</summary>
    Undeclared,

    /// <summary>A kernel variable of unknown type, found by address (<c>extern void x __ksym</c>).</summary>
    UntypedKernelSymbol,

    /// <summary>A kernel variable, found by name in the kernel's BTF (<c>extern struct rq x __ksym</c>).</summary>
    TypedKernelSymbol,

    /// <summary>A kernel function (<c>extern int f(void) __ksym</c>).</summary>
    KernelFunction,

    /// <summary>An option of the kernel's configuration (<c>extern int CONFIG_HZ __kconfig</c>).</summary>
    KernelOption,
}

/// <summary>A symbol that the object uses and does not define.</summary>
/// <param name="Name">The symbol's name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="IsWeak">Whether the object can do without it.</param>
/// <param name="Type">Its <see cref="BtfVariable"/> or <see cref="BtfFunction"/>, when <see cref="Kind"/> is known.</param>
/// <param name="Size">For kernel options, the size in bytes in <c>.kconfig</c>.</param>
internal sealed record BpfExtern(string Name, BpfExternKind Kind, bool IsWeak, BtfTypeId Type, uint Size);

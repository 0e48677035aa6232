using EbpfNet.Btf;

namespace EbpfNet.Objects;

/// <summary>What kind of thing an extern is. The order is that of <see cref="ExternReader.All"/>.</summary>
internal enum BpfExternKind
{
    /// <summary>An option of the kernel's configuration (<c>extern int CONFIG_HZ __kconfig</c>).</summary>
    KernelOption,

    /// <summary>A kernel variable or function of unknown type, found by address (<c>extern void x __ksym</c>).</summary>
    UntypedKernelSymbol,

    /// <summary>A kernel variable, found by name in the kernel's BTF (<c>extern struct rq x __ksym</c>).</summary>
    TypedKernelSymbol,

    /// <summary>A kernel function (<c>extern int f(void) __ksym</c>).</summary>
    KernelFunction,

    /// <summary>The object does not say: declared without <c>__ksym</c> or <c>__kconfig</c>, or there is no BTF.</summary>
    Undeclared,
}

/// <summary>A symbol that the object uses and does not define.</summary>
/// <param name="Name">The symbol's name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="IsWeak">Whether the object can do without it.</param>
/// <param name="Type">Its <see cref="BtfVariable"/> or <see cref="BtfFunction"/>, when <see cref="Kind"/> is known.</param>
internal sealed record BpfExtern(string Name, BpfExternKind Kind, bool IsWeak, BtfTypeId Type)
{
    /// <summary>The place among the object's externs.</summary>
    public int Index { get; init; }

    /// <summary>For kernel options, how the value is stored.</summary>
    public KernelOptionFormat Format { get; init; }

    /// <summary>For kernel options, where in <c>.kconfig</c>, in bytes.</summary>
    public uint Offset { get; init; }
}

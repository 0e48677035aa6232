using System.Diagnostics.CodeAnalysis;
using EbpfNet.Btf;
using EbpfNet.Loading;

namespace EbpfNet;

/// <summary>A global variable of a loaded object, before it is given a C# type.</summary>
public sealed class BpfObjectVariable
{
    private readonly BpfMap _section;
    private readonly long _offset;
    private readonly BtfTypeId _type;

    internal BpfObjectVariable(BpfVariableSpec spec, BpfMap section)
    {
        Name = spec.Name;
        Size = spec.Size;
        IsConstant = spec.IsConstant;
        _section = section;
        SectionName = spec.SectionName;
        _offset = ArenaGlobals.IsArena(spec.Map) ? ArenaGlobals.Start(spec.Map) + spec.Offset : spec.Offset;
        _type = spec.TypeId ?? default;
    }

    /// <summary>The variable's name in C.</summary>
    public string Name { get; }

    /// <summary>The variable's size in bytes.</summary>
    public int Size { get; }

    /// <summary>The ELF section that the variable is in, which is also the name of its map, unless it is in an arena.</summary>
    public string SectionName { get; }

    /// <summary>Whether the variable can no longer be changed (<c>const</c>).</summary>
    public bool IsConstant { get; }

    /// <summary>Gives the variable a type, which is compared with the one it has in C.</summary>
    /// <typeparam name="T">The variable's type, or that of its elements if it is an array, laid out as the C type.</typeparam>
    /// <returns>The variable, to be read and written.</returns>
    /// <exception cref="BpfLayoutException">The size, or a field's offset, is another one than in C.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfVariable<T> As<[DynamicallyAccessedMembers(BpfLayout.Members)] T>()
        where T : unmanaged =>
        new(_section, Name, _offset, Size, _type);

    /// <summary>The variable as messages call it.</summary>
    public override string ToString() => $"variable '{Name}'";
}

using System.Collections.Immutable;

namespace EbpfNet.Btf;

/// <summary>How a function is linked: the kernel's <c>BTF_FUNC_*</c>.</summary>
public enum BtfFunctionLinkage
{
    /// <summary>Static: verified together with its callers (<c>BTF_FUNC_STATIC</c>).</summary>
    Static = 0,

    /// <summary>Global: verified on its own (<c>BTF_FUNC_GLOBAL</c>; Linux 5.6).</summary>
    Global = 1,

    /// <summary>Extern: a kernel function or one from another object (<c>BTF_FUNC_EXTERN</c>; Linux 5.6).</summary>
    Extern = 2,
}

/// <summary>How a variable is linked: the kernel's <c>BTF_VAR_*</c>.</summary>
public enum BtfVariableLinkage
{
    /// <summary>Static (<c>BTF_VAR_STATIC</c>).</summary>
    Static = 0,

    /// <summary>Global, with storage in this object (<c>BTF_VAR_GLOBAL_ALLOCATED</c>).</summary>
    Global = 1,

    /// <summary>Extern: from the kernel, its configuration or another object (<c>BTF_VAR_GLOBAL_EXTERN</c>).</summary>
    Extern = 2,
}

/// <summary>A parameter of a function prototype: <c>struct btf_param</c>.</summary>
/// <param name="Name">The name; empty where the prototype gives none.</param>
/// <param name="Type">The type.</param>
public readonly record struct BtfParameter(string Name, BtfTypeId Type);

/// <summary>A function prototype: <c>BTF_KIND_FUNC_PROTO</c> (Linux 5.0).</summary>
public sealed class BtfFunctionPrototype : BtfType
{
    /// <summary>Describes a function prototype.</summary>
    /// <param name="returnType">The type returned.</param>
    /// <param name="isVariadic">Whether more arguments may follow the parameters (<c>...</c>).</param>
    /// <param name="parameters">The parameters, without the mark that BTF stores for <c>...</c>.</param>
    public BtfFunctionPrototype(BtfTypeId returnType, bool isVariadic, params ImmutableArray<BtfParameter> parameters)
        : base(BtfKind.FunctionPrototype, "")
    {
        ReturnType = returnType;
        IsVariadic = isVariadic;
        Parameters = parameters.IsDefault ? [] : parameters;
    }

    /// <summary>The type returned.</summary>
    public BtfTypeId ReturnType { get; }

    /// <summary>The parameters, without the nameless void one that BTF stores for <c>...</c>.</summary>
    public ImmutableArray<BtfParameter> Parameters { get; }

    /// <summary>Whether more arguments may follow the parameters (<c>...</c>).</summary>
    public bool IsVariadic { get; }
}

/// <summary>A function: <c>BTF_KIND_FUNC</c> (Linux 5.0).</summary>
public sealed class BtfFunction : BtfType
{
    /// <summary>Describes a function.</summary>
    /// <param name="name">The name.</param>
    /// <param name="prototype">The <see cref="BtfFunctionPrototype"/>.</param>
    /// <param name="linkage">How it is linked.</param>
    public BtfFunction(string name, BtfTypeId prototype, BtfFunctionLinkage linkage)
        : base(BtfKind.Function, name)
    {
        Prototype = prototype;
        Linkage = linkage;
    }

    /// <summary>The id of the <see cref="BtfFunctionPrototype"/>.</summary>
    public BtfTypeId Prototype { get; }

    /// <summary>How the function is linked.</summary>
    public BtfFunctionLinkage Linkage { get; }
}

/// <summary>A variable: <c>BTF_KIND_VAR</c> (Linux 5.2).</summary>
public sealed class BtfVariable : BtfType
{
    /// <summary>Describes a variable.</summary>
    /// <param name="name">The name.</param>
    /// <param name="type">The type.</param>
    /// <param name="linkage">How it is linked.</param>
    public BtfVariable(string name, BtfTypeId type, BtfVariableLinkage linkage)
        : base(BtfKind.Variable, name)
    {
        Type = type;
        Linkage = linkage;
    }

    /// <summary>The variable's type.</summary>
    public BtfTypeId Type { get; }

    /// <summary>How the variable is linked.</summary>
    public BtfVariableLinkage Linkage { get; }
}

/// <summary>A variable's place within a data section: <c>struct btf_var_secinfo</c>.</summary>
/// <param name="Variable">The <see cref="BtfVariable"/>, or a <see cref="BtfFunction"/> in <c>.ksyms</c>.</param>
/// <param name="Offset">The offset within the section in bytes. Compilers leave it 0: the ELF symbol tells.</param>
/// <param name="Size">The size in bytes.</param>
public readonly record struct BtfSectionEntry(BtfTypeId Variable, uint Offset, uint Size);

/// <summary>The variables of an ELF section: <c>BTF_KIND_DATASEC</c> (Linux 5.2).</summary>
public sealed class BtfDataSection : BtfType
{
    /// <summary>Describes the variables of an ELF section.</summary>
    /// <param name="name">The section's name, for example <c>.maps</c>.</param>
    /// <param name="size">The section's size in bytes.</param>
    /// <param name="entries">The variables; the kernel wants them sorted by offset.</param>
    public BtfDataSection(string name, uint size, params ImmutableArray<BtfSectionEntry> entries)
        : base(BtfKind.DataSection, name)
    {
        Size = size;
        Entries = entries.IsDefault ? [] : entries;
    }

    /// <summary>The section's size in bytes. Compilers leave it 0: the ELF section header tells.</summary>
    public uint Size { get; }

    /// <summary>The variables.</summary>
    public ImmutableArray<BtfSectionEntry> Entries { get; }
}

/// <summary>A tag on a struct, a member, a function, a parameter, a variable or a typedef: <c>BTF_KIND_DECL_TAG</c> (Linux 5.16).</summary>
public sealed class BtfDeclTag : BtfType
{
    /// <summary>Describes a tag on a declaration.</summary>
    /// <param name="value">The tag's text.</param>
    /// <param name="target">The type that is tagged.</param>
    /// <param name="componentIndex">Which member or parameter, or -1 for the whole.</param>
    /// <param name="isAttribute">Whether the text is a C attribute in full (kind_flag, Linux 6.15).</param>
    public BtfDeclTag(string value, BtfTypeId target, int componentIndex = -1, bool isAttribute = false)
        : base(BtfKind.DeclTag, value)
    {
        Target = target;
        ComponentIndex = componentIndex;
        IsAttribute = isAttribute;
    }

    /// <summary>The tag's text; the same as <see cref="BtfType.Name"/>.</summary>
    public string Value => Name;

    /// <summary>The type that is tagged.</summary>
    public BtfTypeId Target { get; }

    /// <summary>The index of the member or parameter that is tagged, or -1 when the tag is on the whole.</summary>
    public int ComponentIndex { get; }

    /// <summary>Whether the text is a C attribute in full rather than the argument of <c>btf_decl_tag</c> (kind_flag, Linux 6.15).</summary>
    public bool IsAttribute { get; }
}

namespace EbpfNet.Btf;

/// <summary>The kinds of BTF types: the kernel's <c>BTF_KIND_*</c>.</summary>
public enum BtfKind : byte
{
    /// <summary>The void type, which has id 0 and is not stored (<c>BTF_KIND_UNKN</c>).</summary>
    Void = 0,

    /// <summary>An integer, see <see cref="BtfInt"/> (<c>BTF_KIND_INT</c>).</summary>
    Int = 1,

    /// <summary>A pointer, see <see cref="BtfPointer"/> (<c>BTF_KIND_PTR</c>).</summary>
    Pointer = 2,

    /// <summary>An array, see <see cref="BtfArray"/> (<c>BTF_KIND_ARRAY</c>).</summary>
    Array = 3,

    /// <summary>A struct, see <see cref="BtfStruct"/> (<c>BTF_KIND_STRUCT</c>).</summary>
    Struct = 4,

    /// <summary>A union, see <see cref="BtfUnion"/> (<c>BTF_KIND_UNION</c>).</summary>
    Union = 5,

    /// <summary>An enum of up to 32 bits, see <see cref="BtfEnum"/> (<c>BTF_KIND_ENUM</c>).</summary>
    Enum = 6,

    /// <summary>A forward declaration, see <see cref="BtfForward"/> (<c>BTF_KIND_FWD</c>).</summary>
    Forward = 7,

    /// <summary>A typedef, see <see cref="BtfTypedef"/> (<c>BTF_KIND_TYPEDEF</c>).</summary>
    Typedef = 8,

    /// <summary>A <c>volatile</c> type, see <see cref="BtfVolatile"/> (<c>BTF_KIND_VOLATILE</c>).</summary>
    Volatile = 9,

    /// <summary>A <c>const</c> type, see <see cref="BtfConst"/> (<c>BTF_KIND_CONST</c>).</summary>
    Const = 10,

    /// <summary>A <c>restrict</c> type, see <see cref="BtfRestrict"/> (<c>BTF_KIND_RESTRICT</c>).</summary>
    Restrict = 11,

    /// <summary>A function, see <see cref="BtfFunction"/> (<c>BTF_KIND_FUNC</c>; Linux 5.0).</summary>
    Function = 12,

    /// <summary>A function prototype, see <see cref="BtfFunctionPrototype"/> (<c>BTF_KIND_FUNC_PROTO</c>; Linux 5.0).</summary>
    FunctionPrototype = 13,

    /// <summary>A variable, see <see cref="BtfVariable"/> (<c>BTF_KIND_VAR</c>; Linux 5.2).</summary>
    Variable = 14,

    /// <summary>The variables of an ELF section, see <see cref="BtfDataSection"/> (<c>BTF_KIND_DATASEC</c>; Linux 5.2).</summary>
    DataSection = 15,

    /// <summary>A floating-point number, see <see cref="BtfFloat"/> (<c>BTF_KIND_FLOAT</c>; Linux 5.13).</summary>
    Float = 16,

    /// <summary>A tag on a declaration, see <see cref="BtfDeclTag"/> (<c>BTF_KIND_DECL_TAG</c>; Linux 5.16).</summary>
    DeclTag = 17,

    /// <summary>A tag on a type, see <see cref="BtfTypeTag"/> (<c>BTF_KIND_TYPE_TAG</c>; Linux 5.17).</summary>
    TypeTag = 18,

    /// <summary>An enum of 64 bits, see <see cref="BtfEnum64"/> (<c>BTF_KIND_ENUM64</c>; Linux 6.0).</summary>
    Enum64 = 19,
}

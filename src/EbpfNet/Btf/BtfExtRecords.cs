namespace EbpfNet.Btf;

/// <summary>Which function starts at an instruction: <c>struct bpf_func_info</c>.</summary>
/// <param name="InstructionOffset">The offset of the first instruction from the start of the ELF section, in bytes.</param>
/// <param name="Function">The <see cref="BtfFunction"/>.</param>
public readonly record struct BtfFuncInfo(uint InstructionOffset, BtfTypeId Function);

/// <summary>Which source line an instruction came from: <c>struct bpf_line_info</c>. The strings are read from the BTF when asked for.</summary>
public readonly struct BtfLineInfo
{
    private readonly BtfSpec _spec;
    private readonly uint _lineAndColumn;

    internal BtfLineInfo(BtfSpec spec, uint instructionOffset, uint fileNameOffset, uint textOffset, uint lineAndColumn)
    {
        _spec = spec;
        _lineAndColumn = lineAndColumn;
        InstructionOffset = instructionOffset;
        FileNameOffset = fileNameOffset;
        TextOffset = textOffset;
    }

    /// <summary>The offset of the instruction from the start of the ELF section, in bytes.</summary>
    public uint InstructionOffset { get; }

    /// <summary>The offset of the source file's name among the BTF's strings, as the kernel takes it.</summary>
    public uint FileNameOffset { get; }

    /// <summary>The offset of the source line's text among the BTF's strings, as the kernel takes it.</summary>
    public uint TextOffset { get; }

    /// <summary>Line and column in one word, as the kernel takes them (<c>line_col</c>).</summary>
    public uint LineAndColumn => _lineAndColumn;

    /// <summary>The line number, counted from 1; 0 when the compiler has none to give.</summary>
    public int Line => (int)(_lineAndColumn >> 10);

    /// <summary>The column number, counted from 1; 0 when the compiler has none to give.</summary>
    public int Column => (int)(_lineAndColumn & 0x3FF);

    /// <summary>The name of the source file.</summary>
    public string FileName => _spec?.GetString(FileNameOffset) ?? "";

    /// <summary>The text of the source line; empty when the compiler did not store it.</summary>
    public string Text => _spec?.GetString(TextOffset) ?? "";

    /// <summary>File, line and column as compilers write them: <c>drop.c:12:3</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => $"{FileName}:{Line}:{Column}";
}

/// <summary>What the loader has to find out about the running kernel's types: the kernel's <c>BPF_CORE_*</c>.</summary>
public enum BtfCoreRelocationKind
{
    /// <summary>The byte offset of a field (<c>BPF_CORE_FIELD_BYTE_OFFSET</c>).</summary>
    FieldByteOffset = 0,

    /// <summary>The size of a field in bytes (<c>BPF_CORE_FIELD_BYTE_SIZE</c>).</summary>
    FieldByteSize = 1,

    /// <summary>1 when the field exists, else 0 (<c>BPF_CORE_FIELD_EXISTS</c>).</summary>
    FieldExists = 2,

    /// <summary>1 when the field is signed, else 0 (<c>BPF_CORE_FIELD_SIGNED</c>).</summary>
    FieldSigned = 3,

    /// <summary>How far to shift a bit field left within 64 bits (<c>BPF_CORE_FIELD_LSHIFT_U64</c>).</summary>
    FieldLeftShift = 4,

    /// <summary>How far to shift it right afterwards (<c>BPF_CORE_FIELD_RSHIFT_U64</c>).</summary>
    FieldRightShift = 5,

    /// <summary>The type's id in the object's own BTF (<c>BPF_CORE_TYPE_ID_LOCAL</c>).</summary>
    TypeIdLocal = 6,

    /// <summary>The type's id in the kernel's BTF (<c>BPF_CORE_TYPE_ID_TARGET</c>).</summary>
    TypeIdTarget = 7,

    /// <summary>1 when the type exists, else 0 (<c>BPF_CORE_TYPE_EXISTS</c>).</summary>
    TypeExists = 8,

    /// <summary>The type's size in bytes (<c>BPF_CORE_TYPE_SIZE</c>).</summary>
    TypeSize = 9,

    /// <summary>1 when the enumerator exists, else 0 (<c>BPF_CORE_ENUMVAL_EXISTS</c>).</summary>
    EnumeratorExists = 10,

    /// <summary>The enumerator's value (<c>BPF_CORE_ENUMVAL_VALUE</c>).</summary>
    EnumeratorValue = 11,

    /// <summary>1 when a type with the same members exists, else 0 (<c>BPF_CORE_TYPE_MATCHES</c>).</summary>
    TypeMatches = 12,
}

/// <summary>A place in the program that depends on the running kernel's types (CO-RE): <c>struct bpf_core_relo</c>.</summary>
/// <param name="InstructionOffset">The offset of the instruction from the start of the ELF section, in bytes.</param>
/// <param name="Type">The type as the object knows it.</param>
/// <param name="AccessOffset">The offset of the access string among the BTF's strings.</param>
/// <param name="Access">Which member or enumerator is meant: indices joined by colons, such as <c>0:1:2</c>.</param>
/// <param name="Kind">What has to be found out.</param>
public readonly record struct BtfCoreRelocation(uint InstructionOffset, BtfTypeId Type, uint AccessOffset, string Access, BtfCoreRelocationKind Kind);

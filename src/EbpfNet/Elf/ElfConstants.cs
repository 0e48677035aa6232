namespace EbpfNet.Elf;

/// <summary>What an ELF file is for (<c>e_type</c>).</summary>
public enum ElfFileType : ushort
{
    /// <summary>No particular type (<c>ET_NONE</c>).</summary>
    None = 0,

    /// <summary>A relocatable object, as compilers emit it (<c>ET_REL</c>). BPF objects are of this type.</summary>
    Relocatable = 1,

    /// <summary>An executable at fixed addresses (<c>ET_EXEC</c>).</summary>
    Executable = 2,

    /// <summary>A shared library or position-independent executable (<c>ET_DYN</c>).</summary>
    Shared = 3,

    /// <summary>A core dump (<c>ET_CORE</c>).</summary>
    Core = 4,
}

/// <summary>The architecture an ELF file is for (<c>e_machine</c>). Only those that EbpfNet meets have names.</summary>
public enum ElfMachine : ushort
{
    /// <summary>No machine (<c>EM_NONE</c>): what compilers wrote for BPF before it had a number of its own.</summary>
    None = 0,

    /// <summary>AMD x86-64 (<c>EM_X86_64</c>).</summary>
    X64 = 62,

    /// <summary>64-bit ARM (<c>EM_AARCH64</c>).</summary>
    Arm64 = 183,

    /// <summary>BPF (<c>EM_BPF</c>).</summary>
    Bpf = 247,
}

/// <summary>What a section holds (<c>sh_type</c>).</summary>
public enum ElfSectionType : uint
{
    /// <summary>An unused entry of the section table (<c>SHT_NULL</c>).</summary>
    Null = 0,

    /// <summary>Bytes whose meaning is the program's own (<c>SHT_PROGBITS</c>).</summary>
    ProgramBits = 1,

    /// <summary>The symbol table (<c>SHT_SYMTAB</c>).</summary>
    SymbolTable = 2,

    /// <summary>NUL-terminated strings (<c>SHT_STRTAB</c>).</summary>
    StringTable = 3,

    /// <summary>Relocations with addends (<c>SHT_RELA</c>).</summary>
    RelocationWithAddend = 4,

    /// <summary>A symbol hash table (<c>SHT_HASH</c>).</summary>
    Hash = 5,

    /// <summary>What the dynamic linker needs (<c>SHT_DYNAMIC</c>).</summary>
    Dynamic = 6,

    /// <summary>Notes, for example a build id or USDT probes (<c>SHT_NOTE</c>).</summary>
    Note = 7,

    /// <summary>Zeroes that take no space in the file (<c>SHT_NOBITS</c>).</summary>
    NoBits = 8,

    /// <summary>Relocations without addends (<c>SHT_REL</c>).</summary>
    Relocation = 9,

    /// <summary>The symbols that the dynamic linker needs (<c>SHT_DYNSYM</c>).</summary>
    DynamicSymbolTable = 11,

    /// <summary>Functions to be called at start (<c>SHT_INIT_ARRAY</c>).</summary>
    InitArray = 14,

    /// <summary>Functions to be called at the end (<c>SHT_FINI_ARRAY</c>).</summary>
    FiniArray = 15,

    /// <summary>A group of sections (<c>SHT_GROUP</c>).</summary>
    Group = 17,

    /// <summary>Section indices of symbols that do not fit into 16 bits (<c>SHT_SYMTAB_SHNDX</c>).</summary>
    SymbolTableIndices = 18,

    /// <summary>Symbols that matter to LLVM's linker only (<c>SHT_LLVM_ADDRSIG</c>).</summary>
    LlvmAddressSignificance = 0x6FFF4C03,
}

/// <summary>Attributes of a section (<c>sh_flags</c>).</summary>
[Flags]
public enum ElfSectionFlags : ulong
{
    /// <summary>No attribute.</summary>
    None = 0,

    /// <summary>Writable while the program runs (<c>SHF_WRITE</c>).</summary>
    Write = 0x1,

    /// <summary>Part of the program's memory (<c>SHF_ALLOC</c>).</summary>
    Allocate = 0x2,

    /// <summary>Machine instructions (<c>SHF_EXECINSTR</c>).</summary>
    Executable = 0x4,

    /// <summary>May be merged with equal data (<c>SHF_MERGE</c>).</summary>
    Merge = 0x10,

    /// <summary>NUL-terminated strings (<c>SHF_STRINGS</c>).</summary>
    Strings = 0x20,

    /// <summary><c>sh_info</c> is a section index (<c>SHF_INFO_LINK</c>).</summary>
    InfoLink = 0x40,

    /// <summary>Member of a section group (<c>SHF_GROUP</c>).</summary>
    Group = 0x200,

    /// <summary>Thread-local data (<c>SHF_TLS</c>).</summary>
    ThreadLocal = 0x400,

    /// <summary>The data is compressed (<c>SHF_COMPRESSED</c>); EbpfNet hands it out as it is.</summary>
    Compressed = 0x800,
}

/// <summary>How a symbol takes part in linking (<c>STB_*</c>).</summary>
public enum ElfSymbolBinding : byte
{
    /// <summary>Known in its own file only (<c>STB_LOCAL</c>).</summary>
    Local = 0,

    /// <summary>Known everywhere (<c>STB_GLOBAL</c>).</summary>
    Global = 1,

    /// <summary>Known everywhere, yields to a global of the same name (<c>STB_WEAK</c>).</summary>
    Weak = 2,
}

/// <summary>What a symbol names (<c>STT_*</c>).</summary>
public enum ElfSymbolType : byte
{
    /// <summary>Not said (<c>STT_NOTYPE</c>).</summary>
    None = 0,

    /// <summary>A data object (<c>STT_OBJECT</c>).</summary>
    Object = 1,

    /// <summary>A function (<c>STT_FUNC</c>).</summary>
    Function = 2,

    /// <summary>A section (<c>STT_SECTION</c>).</summary>
    Section = 3,

    /// <summary>The source file (<c>STT_FILE</c>).</summary>
    File = 4,

    /// <summary>An uninitialised common block (<c>STT_COMMON</c>).</summary>
    Common = 5,

    /// <summary>Thread-local data (<c>STT_TLS</c>).</summary>
    ThreadLocal = 6,

    /// <summary>A function chosen at start by a resolver (<c>STT_GNU_IFUNC</c>).</summary>
    IndirectFunction = 10,
}

/// <summary>Who can see a symbol (<c>STV_*</c>).</summary>
public enum ElfSymbolVisibility : byte
{
    /// <summary>As its binding says (<c>STV_DEFAULT</c>).</summary>
    Default = 0,

    /// <summary>Reserved for the processor (<c>STV_INTERNAL</c>).</summary>
    Internal = 1,

    /// <summary>Not visible outside the linked file (<c>STV_HIDDEN</c>).</summary>
    Hidden = 2,

    /// <summary>Visible, but not to be overridden (<c>STV_PROTECTED</c>).</summary>
    Protected = 3,
}

/// <summary>Where the thing that a symbol names is.</summary>
public enum ElfSymbolPlacement : byte
{
    /// <summary>In another file (<c>SHN_UNDEF</c>).</summary>
    Undefined,

    /// <summary>In the section that <see cref="ElfSymbol.SectionIndex"/> gives.</summary>
    Section,

    /// <summary>Nowhere: the value is a constant (<c>SHN_ABS</c>).</summary>
    Absolute,

    /// <summary>Yet to be allocated (<c>SHN_COMMON</c>).</summary>
    Common,

    /// <summary>Another of the reserved section indices.</summary>
    Reserved,
}

namespace EbpfNet.Btf;

/// <summary>What of BTF not every kernel takes that takes BTF at all (Linux 4.18).</summary>
[Flags]
internal enum BtfFeatures
{
    None = 0,

    /// <summary>Functions and their prototypes (Linux 5.0).</summary>
    Functions = 1,

    /// <summary>Variables and the sections that they are in (Linux 5.2).</summary>
    DataSections = 2,

    /// <summary>Functions that say that they are global (Linux 5.6).</summary>
    GlobalFunctions = 4,

    /// <summary>Floating-point types (Linux 5.13).</summary>
    Floats = 8,

    /// <summary>Tags on declarations (Linux 5.16).</summary>
    DeclTags = 16,

    /// <summary>Tags on types (Linux 5.17).</summary>
    TypeTags = 32,

    /// <summary>Enums of 64 bits, and enums that say that they are signed (Linux 6.0).</summary>
    Enum64 = 64,

    /// <summary>Sections whose name starts with a question mark (Linux 6.9).</summary>
    OptionalSections = 128,

    /// <summary>Tags that are C attributes (Linux 6.15).</summary>
    Attributes = 256,

    /// <summary>Sections without variables (Linux 5.12).</summary>
    EmptySections = 512,

    All = 1023,
}

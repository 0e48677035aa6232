namespace EbpfNet.Tool.Inspect;

/// <summary>Kinds of things that are listed.</summary>
[Flags]
internal enum ObjectKinds
{
    None = 0,
    Programs = 1,
    Maps = 2,
    Links = 4,
    Btf = 8,

    /// <summary>What network interfaces hold, by link or not.</summary>
    Network = 16,

    /// <summary>What outlives its process because no file descriptor holds it.</summary>
    Leftovers = 32,

    All = Programs | Maps | Links | Btf | Network | Leftovers,
}

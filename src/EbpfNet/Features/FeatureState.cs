namespace EbpfNet;

/// <summary>What is known of a feature of the kernel's.</summary>
public enum FeatureState
{
    /// <summary>It could not be found out, for example because this process may not try.</summary>
    Unknown = 0,

    /// <summary>This kernel does not have it.</summary>
    Missing = 1,

    /// <summary>This kernel has it.</summary>
    Present = 2,
}

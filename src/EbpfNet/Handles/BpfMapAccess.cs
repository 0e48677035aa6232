namespace EbpfNet;

/// <summary>What a map's descriptor is opened for. Programs that use the map are not concerned. The kernel maps memory only for <see cref="ReadWrite"/>.</summary>
public enum BpfMapAccess
{
    /// <summary>Reading and writing.</summary>
    ReadWrite = 0,

    /// <summary>Reading only (<c>BPF_F_RDONLY</c>; Linux 4.15).</summary>
    ReadOnly = 1,

    /// <summary>Writing only (<c>BPF_F_WRONLY</c>; Linux 4.15).</summary>
    WriteOnly = 2,
}

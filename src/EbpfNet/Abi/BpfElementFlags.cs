namespace EbpfNet.Abi;

/// <summary>How a map's element is updated or looked up (the <c>flags</c> of <c>BPF_MAP_UPDATE_ELEM</c> and its like).</summary>
/// <remarks><see cref="NoExist"/> and <see cref="Exist"/> exclude each other, and so do <see cref="Cpu"/> and <see cref="AllCpus"/>.</remarks>
[Flags]
public enum BpfElementFlags : ulong
{
    /// <summary>Adds the element, or replaces it if it is there. <c>BPF_ANY</c>, Linux 3.19.</summary>
    Any = 0,

    /// <summary>Adds the element, and fails with <c>EEXIST</c> if it is there. <c>BPF_NOEXIST</c>, Linux 3.19.</summary>
    NoExist = 1,

    /// <summary>Replaces the element, and fails with <c>ENOENT</c> if it is not there. <c>BPF_EXIST</c>, Linux 3.19.</summary>
    Exist = 2,

    /// <summary>Copies the value under its spin lock. <c>BPF_F_LOCK</c>, Linux 5.1.</summary>
    Lock = 4,

    /// <summary>Only the value of one CPU, whose number is in the upper 32 bits. <c>BPF_F_CPU</c>, Linux 7.0.</summary>
    Cpu = 8,

    /// <summary>The one value given is stored for all CPUs. <c>BPF_F_ALL_CPUS</c>, Linux 7.0.</summary>
    AllCpus = 16,
}

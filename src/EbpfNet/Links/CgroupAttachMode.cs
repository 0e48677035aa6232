namespace EbpfNet;

/// <summary>Whether a program shares its hook of a control group with others.</summary>
public enum CgroupAttachMode
{
    /// <summary>Any number of programs in this group and below it, all of which run (<c>BPF_F_ALLOW_MULTI</c>; Linux 4.15). Links are always of this kind.</summary>
    Multi = 0,

    /// <summary>One program in this group, which one of a group below takes the place of for what is in that (<c>BPF_F_ALLOW_OVERRIDE</c>; Linux 4.11).</summary>
    Override = 1,

    /// <summary>One program in this group, and none below it (no flag; Linux 4.10).</summary>
    Single = 2,
}

namespace EbpfNet.Kernel;

/// <summary><c>TC_H_*</c> and the rest of the numbers that place a filter (<c>linux/pkt_sched.h</c>).</summary>
internal static class TrafficControl
{
    /// <summary><c>TC_H_CLSACT</c>: where the queueing discipline for filters is.</summary>
    public const uint Clsact = 0xffff_fff1;

    /// <summary><c>TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)</c>.</summary>
    public const uint Ingress = 0xffff_fff2;

    /// <summary><c>TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)</c>.</summary>
    public const uint Egress = 0xffff_fff3;

    /// <summary>The handle of a <c>clsact</c> or <c>ingress</c> queueing discipline.</summary>
    public const uint ClsactHandle = 0xffff_0000;

    /// <summary><c>ETH_P_ALL</c>.</summary>
    public const ushort AllProtocols = 3;

    /// <summary><c>TCM_IFINDEX_MAGIC_BLOCK</c>: instead of an interface, for filters that several share; the number of their block is in the place of the parent.</summary>
    public const int SharedBlock = -1;

    public const string ClsactKind = "clsact";
    public const string BpfKind = "bpf";
}

/// <summary><c>TCA_*</c>: attributes of queueing disciplines and filters.</summary>
internal static class TrafficControlAttribute
{
    public const ushort Kind = 1;
    public const ushort Options = 2;
    public const ushort Chain = 11;
    public const ushort IngressBlock = 13;
    public const ushort EgressBlock = 14;
}

/// <summary><c>TCA_BPF_*</c>: attributes nested in <see cref="TrafficControlAttribute.Options"/> of a BPF filter.</summary>
internal static class BpfFilterAttribute
{
    public const ushort Actions = 1;
    public const ushort ClassicLength = 4; // TCA_BPF_OPS_LEN
    public const ushort ClassicCode = 5; // TCA_BPF_OPS
    public const ushort Fd = 6;
    public const ushort Name = 7;
    public const ushort Flags = 8;
    public const ushort ProgramId = 11;

    /// <summary><c>TCA_BPF_FLAG_ACT_DIRECT</c>: what the program returns is done with the packet.</summary>
    public const uint DirectAction = 1;
}

/// <summary><c>TCA_ACT_*</c> and <c>TCA_ACT_BPF_*</c>: attributes of a filter's action.</summary>
internal static class BpfActionAttribute
{
    public const ushort Kind = 1; // TCA_ACT_KIND
    public const ushort Options = 2; // TCA_ACT_OPTIONS
    public const ushort Parameters = 2; // TCA_ACT_BPF_PARMS
    public const ushort Fd = 5;
    public const ushort Name = 6;
    public const ushort ProgramId = 9;

    /// <summary>The place of the only action in a list.</summary>
    public const ushort First = 1;
}

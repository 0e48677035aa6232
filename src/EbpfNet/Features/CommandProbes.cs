using EbpfNet.Kernel;

namespace EbpfNet.Features;

/// <summary>Which requests the kernel knows: each is made of a descriptor that nothing has, which is looked at after the request.</summary>
internal static unsafe class CommandProbes
{
    private const int NoDescriptor = -1;

    /// <summary>Attachments that a descriptor holds (Linux 5.7).</summary>
    public static readonly FeatureProbe Links = new(() =>
    {
        var attribute = new LinkCreateAttribute { ProgFd = NoDescriptor, TargetFd = NoDescriptor };
        return Judge(BpfSyscall.Invoke(BpfCommand.LinkCreate, &attribute));
    });

    /// <summary>Links that can be detached while others hold them (Linux 5.9).</summary>
    public static readonly FeatureProbe LinkDetach = new(() =>
    {
        var attribute = new LinkDetachAttribute { LinkFd = NoDescriptor };
        return Judge(BpfSyscall.Invoke(BpfCommand.LinkDetach, &attribute));
    });

    /// <summary>Programs that are read like a file (Linux 5.8).</summary>
    public static readonly FeatureProbe Iterators = new(() =>
    {
        int none = NoDescriptor;
        long attribute = (uint)none; // link_fd, flags
        return Judge(BpfSyscall.Invoke(BpfCommand.IterCreate, &attribute));
    });

    /// <summary>Maps that user space gives up writing to (Linux 5.2).</summary>
    public static readonly FeatureProbe MapFreeze = new(() =>
    {
        var attribute = new MapElementAttribute { MapFd = NoDescriptor };
        return Judge(BpfSyscall.Invoke(BpfCommand.MapFreeze, &attribute));
    });

    /// <summary>Many elements in one request (Linux 5.6).</summary>
    public static readonly FeatureProbe MapBatches = new(() =>
    {
        var attribute = new MapBatchAttribute { MapFd = NoDescriptor };
        return Judge(BpfSyscall.Invoke(BpfCommand.MapLookupBatch, &attribute));
    });

    /// <summary>What a privileged process may hand on (Linux 6.9).</summary>
    public static readonly FeatureProbe Tokens = new(() =>
    {
        var attribute = new TokenCreateAttribute { BpffsFd = NoDescriptor };
        return Judge(BpfSyscall.Invoke(BpfCommand.TokenCreate, &attribute));
    });

    internal static FeatureFinding Judge(int result) => (BpfErrno)(-Math.Min(0, result)) switch
    {
        BpfErrno.None or BpfErrno.EBADF => FeatureAnswer.Yes,
        BpfErrno.EINVAL => FeatureAnswer.No,
        var error => FeatureReasons.Inconclusive(error, new RequiredCapabilities(Capabilities.Bpf, SysAdminIncludesThem: true)),
    };
}

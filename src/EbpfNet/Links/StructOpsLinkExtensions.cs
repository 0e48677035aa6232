using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches kernel structs of functions (struct_ops) that programs implement.</summary>
public static class StructOpsLinkExtensions
{
    /// <summary>
    /// Has the kernel use a struct of functions: fills its map (<c>BPF_MAP_UPDATE_ELEM</c>, Linux 5.6), which registers it, or, for one of section <c>.struct_ops.link</c>,
    /// makes a link of it (<c>BPF_LINK_CREATE</c> with <c>BPF_STRUCT_OPS</c>, Linux 6.4).
    /// </summary>
    /// <param name="structOps">What to attach.</param>
    /// <returns>The link; disposing it takes the struct out of use.</returns>
    /// <exception cref="BpfSyscallException">A function is missing without which the kernel does not take it, its name is taken, or it is attached already: the message says what is likely.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public static StructOpsLink AttachStructOps(this BpfStructOpsMap structOps)
    {
        ArgumentNullException.ThrowIfNull(structOps);
        return structOps.IsForLinks ? AttachByLink(structOps) : Register(structOps);
    }

    private static StructOpsLink Register(BpfStructOpsMap structOps)
    {
        using LiveLinks.Making _ = LiveLinks.Make();
        var registration = new StructOpsRegistration(structOps.Map.Duplicate()); // The object may be disposed before.
        try
        {
            StructOpsErrors.Fill(structOps);
        }
        catch
        {
            registration.Dispose();
            throw;
        }

        return new StructOpsLink(structOps, link: null, registration);
    }

    private static StructOpsLink AttachByLink(BpfStructOpsMap structOps)
    {
        StructOpsErrors.Fill(structOps);
        BpfErrno error = KernelLinks.CreateStructOps(structOps.Map.Handle, out BpfHandle? link);
        return new StructOpsLink(structOps, link ?? throw StructOpsErrors.Attach(structOps, BpfCommand.LinkCreate, error), null);
    }
}

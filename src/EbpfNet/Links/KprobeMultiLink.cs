using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program on many functions of the kernel. A file descriptor holds it: it ends with the process, also when that is killed. Members may be called from several threads.</summary>
public sealed class KprobeMultiLink : BpfLink
{
    private const uint ReturnFlag = 1; // BPF_F_KPROBE_MULTI_RETURN

    internal KprobeMultiLink(BpfProgram program, BpfHandle handle, IReadOnlyList<string> functions, bool isReturn)
        : base(program, handle)
    {
        (Functions, Count, IsReturn) = (functions, functions.Count, isReturn);
        Join();
    }

    private KprobeMultiLink(BpfHandle handle, in LinkInfoData info)
        : base(program: null, handle)
    {
        (Functions, Count, IsReturn) = ([], (int)info.KprobeMultiCount, (info.KprobeMultiFlags & ReturnFlag) != 0);
        Join();
    }

    /// <summary>The functions; empty for a link that was opened.</summary>
    public IReadOnlyList<string> Functions { get; }

    /// <summary>The number of functions; of a link that was opened, the kernel tells it since Linux 6.6.</summary>
    public int Count { get; }

    /// <summary>Whether the program runs when the functions return.</summary>
    public bool IsReturn { get; }

    /// <summary>Opens the link that is pinned at a path of the BPF file system (<c>BPF_OBJ_GET</c>; Linux 5.18).</summary>
    /// <param name="path">The pin's path.</param>
    /// <returns>The link; disposing it closes it, and it stays attached as long as the pin is there.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no such link.</exception>
    public static new KprobeMultiLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.KprobeMulti, Wrap);

    /// <summary>Opens such a link by its id (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 5.18, CAP_SYS_ADMIN); see <see cref="OpenPinned"/>.</summary>
    /// <param name="id">The id, as <see cref="BpfLink.Id"/> or <see cref="BpfLink.GetIds"/> tells it.</param>
    /// <returns>The link. While it is open the program stays attached, even if the process that attached it ends.</returns>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">It is no such link.</exception>
    public static new KprobeMultiLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.KprobeMulti, Wrap);

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => $"the link to {Count} kernel functions";

    private static KprobeMultiLink Wrap(BpfHandle handle, in LinkInfoData info) => new(handle, info);
}

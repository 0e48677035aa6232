using System.Text;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program on many functions of a program or library. A file descriptor holds it: it ends with the process, also when that is killed. Members may be called from several threads.</summary>
public sealed class UprobeMultiLink : BpfLink
{
    private const uint ReturnFlag = 1; // BPF_F_UPROBE_MULTI_RETURN
    private const int LongestPath = 4096;

    internal UprobeMultiLink(BpfProgram program, BpfHandle handle, string path, IReadOnlyList<string> functions, bool isReturn)
        : base(program, handle)
    {
        (FilePath, Functions, Count, IsReturn) = (path, functions, functions.Count, isReturn);
        Join();
    }

    private UprobeMultiLink(BpfHandle handle, string path, in LinkInfoData info)
        : base(program: null, handle)
    {
        (FilePath, Functions, Count, IsReturn) = (path, [], (int)info.UprobeMultiCount, (info.UprobeMultiFlags & ReturnFlag) != 0);
        Join();
    }

    /// <summary>The program or library; of a link that was opened, the kernel tells it since Linux 6.8.</summary>
    public string FilePath { get; }

    /// <summary>The functions; empty for a link that was opened.</summary>
    public IReadOnlyList<string> Functions { get; }

    /// <summary>The number of functions; of a link that was opened, the kernel tells it since Linux 6.8.</summary>
    public int Count { get; }

    /// <summary>Whether the program runs when the functions return.</summary>
    public bool IsReturn { get; }

    /// <summary>Opens the link that is pinned at a path of the BPF file system (<c>BPF_OBJ_GET</c>; Linux 6.6).</summary>
    /// <param name="path">The pin's path.</param>
    /// <returns>The link; disposing it closes it, and it stays attached as long as the pin is there.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no such link.</exception>
    public static new UprobeMultiLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.UprobeMulti, Wrap);

    /// <summary>Opens such a link by its id (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 6.6, CAP_SYS_ADMIN); see <see cref="OpenPinned"/>.</summary>
    /// <param name="id">The id, as <see cref="BpfLink.Id"/> or <see cref="BpfLink.GetIds"/> tells it.</param>
    /// <returns>The link. While it is open the program stays attached, even if the process that attached it ends.</returns>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">It is no such link.</exception>
    public static new UprobeMultiLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.UprobeMulti, Wrap);

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => $"the link to {Count} functions of '{FilePath}'";

    private static unsafe UprobeMultiLink Wrap(BpfHandle handle, in LinkInfoData info)
    {
        byte[] path = new byte[LongestPath];
        fixed (byte* buffer = path)
        {
            var named = new LinkInfoData { UprobeMultiPath = buffer, UprobeMultiPathSize = LongestPath };
            return KernelObjects.TryGetInfo(handle, ref named) == BpfErrno.None
                ? new UprobeMultiLink(handle, Encoding.UTF8.GetString(path.AsSpan(0, path.IndexOf((byte)0))), named)
                : new UprobeMultiLink(handle, "", info);
        }
    }
}

using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A link that was opened without asking for a kind: it can do what every link can.</summary>
internal sealed class OpenedLink : BpfLink
{
    private OpenedLink(BpfHandle handle)
        : base(program: null, handle) => Join();

    public static BpfLink Wrap(BpfHandle handle, in LinkInfoData info) => new OpenedLink(handle);

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => $"the link with id {Id} ({Type.CName()})";
}

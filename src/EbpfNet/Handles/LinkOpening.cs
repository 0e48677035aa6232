using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Opens links that are there already, and refuses those of another kind than was asked for.</summary>
internal static class LinkOpening
{
    /// <summary>Makes an object of a descriptor, which is the object's if this does not throw.</summary>
    public delegate TLink Wrap<TLink>(BpfHandle handle, in LinkInfoData info);

    /// <summary>Opens a pin.</summary>
    /// <param name="path">The pin.</param>
    /// <param name="type">The kind wanted; <see cref="BpfLinkType.Unspecified"/> for any.</param>
    /// <param name="wrap">Makes the object.</param>
    public static TLink Pinned<TLink>(string path, BpfLinkType type, Wrap<TLink> wrap)
        where TLink : BpfLink
    {
        TLink link = Open(KernelObjects.OpenPin(path, "link"), path, $"'{path}'", type, wrap);
        link.AddPin(path);
        return link;
    }

    /// <summary>Opens a link by its id; see <see cref="Pinned"/>.</summary>
    public static TLink ById<TLink>(uint id, BpfLinkType type, Wrap<TLink> wrap)
        where TLink : BpfLink =>
        Open(KernelObjects.OpenById(BpfCommand.LinkGetFdById, id, "the link"), null, $"link {id}", type, wrap);

    /// <summary>Makes an object of a descriptor, or closes it where that fails.</summary>
    public static BpfLink Own(BpfHandle handle) => Open<BpfLink>(handle, null, "a link", BpfLinkType.Unspecified, OpenedLink.Wrap);

    private static TLink Open<TLink>(BpfHandle handle, string? path, string what, BpfLinkType type, Wrap<TLink> wrap)
        where TLink : BpfLink
    {
        try
        {
            if (path is not null)
            {
                ObjectKind.Require(handle, ObjectKind.Link, path);
            }

            LinkInfoData info = KernelObjects.GetInfo<LinkInfoData>(handle, "a link");
            return type == BpfLinkType.Unspecified || type == info.Type
                ? wrap(handle, info)
                : throw new BpfNotSupportedException($"Opening {what} as a {type.CName()}", $"it is a {info.Type.CName()}");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }
}

using System.Diagnostics.CodeAnalysis;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches programs to maps of sockets.</summary>
public static class SockMapLinkExtensions
{
    /// <summary>
    /// Attaches a program to a map of sockets, which must have none of its kind yet (<c>BPF_LINK_CREATE</c>, Linux 6.10; else <c>BPF_PROG_ATTACH</c>, Linux 4.14). It sees the
    /// data of the sockets that are put into the map afterwards, not of those that are in it already. Before Linux 5.18 the kernel does not tell whether there is one: a program that is there
    /// is then replaced.
    /// </summary>
    /// <param name="program">The program, of type <c>sk_skb</c> (for what sockets receive) or <c>sk_msg</c> (for what they send, Linux 4.17).</param>
    /// <param name="map">The map: a sockmap or a sockhash.</param>
    /// <param name="attachType">
    /// What the program does there, for a program whose section does not say it, as <c>sk_skb</c> alone does not: <see cref="BpfAttachType.SkSkbStreamParser"/>,
    /// <see cref="BpfAttachType.SkSkbStreamVerdict"/> (which before Linux 5.10 needs a parser beside it) or <see cref="BpfAttachType.SkSkbVerdict"/> (Linux 5.13).
    /// </param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">It is no such map, no such program, or it is not known what the program does.</exception>
    /// <exception cref="BpfSyscallException">A program of this kind is attached already (Linux 5.18), or the kernel refused: the message says why, and what to do.</exception>
    /// <exception cref="ObjectDisposedException">The program or the map was disposed.</exception>
    public static SockMapLink AttachSockMap(this BpfProgram program, BpfMap map, BpfAttachType? attachType = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(map);
        if (map.Type is not (BpfMapType.SockMap or BpfMapType.SockHash))
        {
            throw new ArgumentException($"{map} is of type {map.Type.CName()}, and no map of sockets (BPF_MAP_TYPE_SOCKMAP, BPF_MAP_TYPE_SOCKHASH).", nameof(map));
        }

        return Attach(program, map, FindType(program, attachType));
    }

    /// <summary>Attaches a program to an array of sockets; see <see cref="AttachSockMap(BpfProgram, BpfMap, BpfAttachType?)"/>.</summary>
    /// <inheritdoc cref="AttachSockMap(BpfProgram, BpfMap, BpfAttachType?)"/>
    public static SockMapLink AttachSockMap(this BpfProgram program, BpfSockMap map, BpfAttachType? attachType = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        return AttachSockMap(program, map.Map, attachType);
    }

    /// <summary>Attaches a program to a hash table of sockets; see <see cref="AttachSockMap(BpfProgram, BpfMap, BpfAttachType?)"/>.</summary>
    /// <typeparam name="TKey">The type of the map's keys.</typeparam>
    /// <inheritdoc cref="AttachSockMap(BpfProgram, BpfMap, BpfAttachType?)"/>
    public static SockMapLink AttachSockMap<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey>(this BpfProgram program, BpfSockHash<TKey> map, BpfAttachType? attachType = null)
        where TKey : unmanaged
    {
        ArgumentNullException.ThrowIfNull(map);
        return AttachSockMap(program, map.Map, attachType);
    }

    /// <summary>Refuses a program that cannot do this on a map of sockets.</summary>
    internal static BpfAttachType RequireType(BpfProgram program, BpfAttachType type, string parameter)
    {
        bool suits = type switch
        {
            BpfAttachType.SkMsgVerdict => program.Type == BpfProgramType.SkMsg,
            BpfAttachType.SkSkbStreamParser or BpfAttachType.SkSkbStreamVerdict or BpfAttachType.SkSkbVerdict => program.Type == BpfProgramType.SkSkb,
            _ => false,
        };
        return suits ? type : throw new ArgumentException($"{program} is of type {program.Type.CName()}, which cannot be attached to a map of sockets as {type.CName()}.", parameter);
    }

    private static BpfAttachType FindType(BpfProgram program, BpfAttachType? asked)
    {
        if (program.Type is not (BpfProgramType.SkSkb or BpfProgramType.SkMsg))
        {
            throw new ArgumentException($"Only programs of types sk_skb and sk_msg can be attached to a map of sockets; {program} is of type {program.Type.CName()}.", nameof(program));
        }

        if (asked is { } type)
        {
            return RequireType(program, type, "attachType");
        }

        if (program.Type == BpfProgramType.SkSkb && program.ExpectedAttachType == default)
        {
            throw new ArgumentException(
                $"It is not known what {program} does with a socket's data: name its section 'sk_skb/stream_verdict', 'sk_skb/stream_parser' or 'sk_skb/verdict', or give attachType.", nameof(program));
        }

        return program.Type == BpfProgramType.SkMsg ? BpfAttachType.SkMsgVerdict : program.ExpectedAttachType;
    }

    private static SockMapLink Attach(BpfProgram program, BpfMap map, BpfAttachType type)
    {
        bool byLink = !SockMapProbes.Links.IsMissing;
        BpfCommand command = byLink ? BpfCommand.LinkCreate : BpfCommand.ProgAttach;
        if (ProgramAttachments.QueryOne(map.Handle, type) is { } other and not 0)
        {
            throw SockMapErrors.Occupied(program, map, type, command, other); // The kernel would put ours in its place without a word.
        }

        using LiveLinks.Making _ = LiveLinks.Make();
        BpfHandle? link = null;
        SockMapAttachment? attachment = null;
        BpfErrno error = byLink ? SockMapProbes.CreateLink(map.Handle, program.Handle, type, out link) : AttachWithoutLink(program, map, type, out attachment);
        return error == BpfErrno.None
            ? new SockMapLink(program, map, type, link, attachment)
            : throw SockMapErrors.Attach(program, map, type, command, error);
    }

    private static BpfErrno AttachWithoutLink(BpfProgram program, BpfMap map, BpfAttachType type, out SockMapAttachment? attachment)
    {
        attachment = SockMapAttachment.Prepare(program, map, type);
        BpfErrno error = attachment.Attach();
        if (error != BpfErrno.None)
        {
            attachment.Dispose();
        }

        return error;
    }
}

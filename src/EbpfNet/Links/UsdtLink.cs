using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program on a USDT probe: a place, or several of one name, that a program or library offers to be watched.</summary>
/// <remarks>
/// One link holds all places where the kernel has links to many (Linux 6.6), else there is a link or, before Linux 5.15, a perf event for each: file descriptors all of them, so that the attachment
/// ends with the process, also when that is killed. Members may be called from several threads.
/// </remarks>
public sealed class UsdtLink : BpfLink
{
    private readonly PerfEventAttachment[] _attachments;
    private readonly Action _forget;

    /// <param name="program">The program.</param>
    /// <param name="link">The link to all places, or <see langword="null"/>.</param>
    /// <param name="attachments">Otherwise an attachment for each.</param>
    /// <param name="forget">Frees what the program was told of the probe.</param>
    internal UsdtLink(BpfProgram program, BpfHandle? link, PerfEventAttachment[] attachments, Action forget)
        : base(program, link ?? (attachments is [{ Link: { } only }] ? only : null))
    {
        (_attachments, _forget) = (attachments, forget);
        Join();
    }

    /// <summary>The program or library.</summary>
    public required string FilePath { get; init; }

    /// <summary>Who offers the probe.</summary>
    public required string Provider { get; init; }

    /// <summary>The probe's name.</summary>
    public required string Name { get; init; }

    /// <summary>In how many places of the file it is.</summary>
    public required int PlaceCount { get; init; }

    /// <summary>Whether kernel links hold the attachment (<c>bpf_link</c>), rather than perf events.</summary>
    public override bool IsKernelLink => Handle is not null || _attachments.All(attachment => attachment.Link is not null);

    /// <summary>The ids of the kernel links that hold the attachment: one, or one for each place; empty where perf events hold it.</summary>
    /// <exception cref="ObjectDisposedException">The link is disposed.</exception>
    public IReadOnlyList<uint> Ids
    {
        get
        {
            ThrowIfDisposed();
            return Id != 0 ? [Id] : PerfEventAttachment.ReadIds(_attachments);
        }
    }

    private protected override string NoHandleReason => PerfEventAttachment.DescribeMany(_attachments, "place");

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => $"the link to USDT probe '{Provider}:{Name}' of '{FilePath}'";

    internal override void EndWithProcess()
    {
        if (_attachments.Any(attachment => attachment.HasDefinition))
        {
            DisposeWithProcess();
        }
    }

    private protected override void DetachNow()
    {
        if (Handle is not null)
        {
            base.DetachNow();
        }
    }

    private protected override void Release()
    {
        foreach (PerfEventAttachment attachment in _attachments)
        {
            attachment.Dispose();
        }

        base.Release();
        if (!IsPinned)
        {
            _forget(); // Programs of a pinned link go on asking.
        }
    }
}

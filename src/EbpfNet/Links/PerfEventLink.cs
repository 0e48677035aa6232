using System.Globalization;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program on a tracepoint, on a function of the kernel or of a program or library, or on samples: what the kernel calls a perf event.</summary>
/// <remarks>
/// Links hold it since Linux 5.15 (<c>BPF_LINK_TYPE_PERF_EVENT</c>), before that the perf event itself does (<c>PERF_EVENT_IOC_SET_BPF</c>): either way a file descriptor, so that it ends with
/// the process, also when that is killed. Kernels before 4.17 have probes only as tracefs defines them: <see cref="BpfLink.Dispose"/> and the process's end remove the definition, also by SIGTERM,
/// SIGINT, SIGHUP or SIGQUIT; of a process that is killed (SIGKILL) it stays, without a program and without an effect, until <see cref="LeftoverProbe"/> removes it. Members may be called
/// from several threads.
/// </remarks>
public sealed class PerfEventLink : BpfLink
{
    private const int LongestName = 4096;

    private readonly PerfEventAttachment[] _attachments;

    /// <param name="program">The program.</param>
    /// <param name="hook">What it watches.</param>
    /// <param name="target">The same by name.</param>
    /// <param name="cookie">The number that the program is told.</param>
    /// <param name="attachments">One for each perf event; this link's from now on.</param>
    internal PerfEventLink(BpfProgram program, PerfEventHook hook, string target, ulong cookie, params PerfEventAttachment[] attachments)
        : base(program, attachments is [{ Link: { } only }] ? only : null)
    {
        (Hook, Target, Cookie, _attachments) = (hook, target, cookie, attachments);
        Join();
    }

    private PerfEventLink(BpfHandle handle, PerfEventHook hook, string target, ulong cookie)
        : base(program: null, handle)
    {
        (Hook, Target, Cookie, _attachments) = (hook, target, cookie, []);
        Join();
    }

    /// <summary>What the program watches; of a link that was opened, the kernel tells it since Linux 6.6.</summary>
    public PerfEventHook Hook { get; }

    /// <summary>
    /// What the program watches by name: <c>sched/sched_switch</c>, <c>tcp_close</c>, <c>/usr/lib/libc.so.6:malloc</c>. Of a link that was opened as the kernel tells it since Linux 6.6,
    /// where a tracepoint has no category and a function of a file is an offset; empty before.
    /// </summary>
    public string Target { get; }

    /// <summary>The number that the program is told by <c>bpf_get_attach_cookie</c> (Linux 5.15); 0 for none. Of a link that was opened the kernel tells it since Linux 6.9.</summary>
    public ulong Cookie { get; }

    /// <summary>Whether kernel links hold the attachment (<c>bpf_link</c>), rather than the perf event itself.</summary>
    public override bool IsKernelLink => Handle is not null || (_attachments.Length > 0 && _attachments.All(attachment => attachment.Link is not null));

    /// <summary>The ids of the kernel links that hold the attachment, for samples one for each CPU or thread; empty where perf events hold it.</summary>
    /// <exception cref="ObjectDisposedException">The link is disposed.</exception>
    public IReadOnlyList<uint> Ids
    {
        get
        {
            ThrowIfDisposed();
            return Id != 0 ? [Id] : PerfEventAttachment.ReadIds(_attachments);
        }
    }

    private protected override string NoHandleReason => PerfEventAttachment.DescribeMany(_attachments, "CPU or thread");

    /// <summary>Opens the link that is pinned at a path of the BPF file system (<c>BPF_OBJ_GET</c>; Linux 5.15).</summary>
    /// <param name="path">The pin's path.</param>
    /// <returns>The link; disposing it closes it, and it stays attached as long as the pin is there.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no link to a perf event.</exception>
    public static new PerfEventLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.PerfEvent, Wrap);

    /// <summary>Opens a link to a perf event by its id (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 5.15, CAP_SYS_ADMIN); see <see cref="OpenPinned"/>.</summary>
    /// <param name="id">The id, as <see cref="BpfLink.Id"/> or <see cref="BpfLink.GetIds"/> tells it.</param>
    /// <returns>The link. While it is open the program stays attached, even if the process that attached it ends.</returns>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">It is no link to a perf event.</exception>
    public static new PerfEventLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.PerfEvent, Wrap);

    /// <summary>The link as messages call it.</summary>
    public override string ToString() => Target.Length == 0 ? $"the link with id {Id} to a perf event" : $"the link to {Describe(Hook, Target)}";

    /// <summary>A hook as messages call it.</summary>
    internal static string Describe(PerfEventHook hook, string target) => hook switch
    {
        PerfEventHook.Tracepoint => $"tracepoint '{target}'",
        PerfEventHook.Kprobe => $"kernel function '{target}'",
        PerfEventHook.Kretprobe => $"the return of kernel function '{target}'",
        PerfEventHook.Uprobe => $"'{target}'",
        PerfEventHook.Uretprobe => $"the return of '{target}'",
        _ => target,
    };

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
    }

    private static unsafe PerfEventLink Wrap(BpfHandle handle, in LinkInfoData info)
    {
        // The name goes into a buffer that is named in the request. Kernels before 6.6 tell nothing, and leave it alone.
        byte[] name = new byte[LongestName];
        fixed (byte* buffer = name)
        {
            var named = new LinkInfoData { UprobeFile = buffer, UprobeFileLength = LongestName };
            if (KernelObjects.TryGetInfo(handle, ref named) != BpfErrno.None)
            {
                return new PerfEventLink(handle, PerfEventHook.Unspecified, "", 0);
            }

            var hook = (PerfEventHook)named.PerfEventKind;
            string text = System.Text.Encoding.UTF8.GetString(name.AsSpan(0, name.IndexOf((byte)0)));
            return hook switch
            {
                PerfEventHook.Uprobe or PerfEventHook.Uretprobe => new PerfEventLink(handle, hook, string.Create(CultureInfo.InvariantCulture, $"{text}:0x{named.UprobeOffset:x}"), named.UprobeCookie),
                PerfEventHook.Kprobe or PerfEventHook.Kretprobe => new PerfEventLink(handle, hook, KprobeTarget.Format(text, named.KprobeOffset), named.KprobeCookie),
                PerfEventHook.Tracepoint => new PerfEventLink(handle, hook, text, named.TracepointCookie),
                PerfEventHook.Sampling => new PerfEventLink(handle, hook, PerfEventOptions.Describe(new BpfPerfCounter(named.EventType, named.EventConfig)), named.EventCookie),
                _ => new PerfEventLink(handle, PerfEventHook.Unspecified, "", 0),
            };
        }
    }
}

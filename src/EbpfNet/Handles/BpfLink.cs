using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program attached to a hook. Disposing it detaches the program, unless the link is pinned.</summary>
/// <remarks>
/// A live link, and the object that its program came from, are kept from the garbage collector until the link is disposed: a collection
/// never detaches anything. One that is dropped without being disposed stays attached until the process ends. Whether the attachment ends
/// with the process when it is killed depends on the hook's mechanism; each link type says so.
/// </remarks>
public abstract class BpfLink : IDisposable
{
    private readonly LinkPins _pins = new();
    private readonly HookAttachment? _attachment;
    private BpfProgram? _program;
    private BpfProgram? _openedProgram;
    private bool _isDetached;
    private volatile bool _isDisposed;

    /// <param name="program">What is attached; <see langword="null"/> for a link that was opened, whose program is opened when it is asked for.</param>
    /// <param name="handle">The descriptor of a kernel link, or <see langword="null"/> for an attachment of another kind.</param>
    /// <param name="attachment">What there is without such a link; this link's from now on.</param>
    private protected BpfLink(BpfProgram? program, BpfHandle? handle, HookAttachment? attachment = null)
    {
        _program = program;
        _attachment = attachment;
        Handle = handle;
        if (handle is not null)
        {
            LinkInfoData info = default;
            _ = KernelObjects.TryGetInfo(handle, ref info); // Linux 5.7 has links, but tells nothing about them.
            (Id, Type) = (info.Id, info.Type);
            handle.Owner = this;
        }
    }

    /// <summary>The link's id on this machine; 0 for an attachment that no file descriptor holds, for one of several kernel links, and before Linux 5.8.</summary>
    public uint Id { get; }

    /// <summary>The kind of link; <see cref="BpfLinkType.Unspecified"/> for an attachment that no file descriptor holds, for one of several kernel links, and before Linux 5.8.</summary>
    public BpfLinkType Type { get; }

    /// <summary>Whether a file descriptor holds the attachment (<c>bpf_link</c>), so that it ends with the process, also when that is killed, unless it is pinned or open elsewhere.</summary>
    public virtual bool IsKernelLink => Handle is not null;

    /// <summary>The program that is attached; after an update by this link, the new one.</summary>
    /// <remarks>
    /// Of a link that was opened by pin or id, the program is opened when it is first asked for, and closed with the link: that takes CAP_SYS_ADMIN. An
    /// update that another process makes is not seen here.
    /// </remarks>
    /// <exception cref="BpfSyscallException">The program of an opened link may not be opened by this process.</exception>
    /// <exception cref="BpfNotSupportedException">The link stands for several programs, as one of a kernel struct of functions does.</exception>
    public BpfProgram Program
    {
        get => Volatile.Read(ref _program) ?? OpenProgram();

        private protected set
        {
            lock (Gate)
            {
                Volatile.Write(ref _program, value);
            }
        }
    }

    /// <summary>Whether the link was disposed or detached by this process.</summary>
    public bool IsDisposed => _isDisposed;

    /// <summary>
    /// Whether the link is still on its hook, as the kernel tells it now. False once it was disposed, or detached by anybody, or once what it was attached to is
    /// gone (the network interface, the control group, the network namespace). True where the kernel cannot be asked any more, because rights were given up for example.
    /// </summary>
    public bool IsAttached
    {
        get
        {
            try
            {
                lock (Gate)
                {
                    return !IsDisposed && IsOnHook();
                }
            }
            catch (ObjectDisposedException)
            {
                return false; // What it is attached to, a socket, was disposed.
            }
            catch (Exception e) when (e is BpfException or IOException or UnauthorizedAccessException)
            {
                return true; // It cannot be asked for, with rights that were given up for example: not known to be gone.
            }
        }
    }

    /// <summary>The program as messages call it, without asking the kernel.</summary>
    internal string ProgramText => Volatile.Read(ref _program)?.ToString() ?? "the program";

    /// <summary>The kernel's name of the request that puts another program in the place of this one.</summary>
    internal string UpdateCall => _attachment?.UpdateCall ?? BpfCommand.LinkUpdate.ToCName();

    /// <summary>The kernel's name of the request that detaches the program.</summary>
    internal string DetachCall => _attachment?.DetachCall ?? BpfCommand.LinkDetach.ToCName();

    /// <summary>Held by whoever changes the link, pins or disposes it: what this object knows of the attachment and what the kernel has are then one.</summary>
    private protected Lock Gate { get; } = new();

    /// <summary>The descriptor of a kernel link (<c>bpf_link</c>), or <see langword="null"/> for an attachment of another kind.</summary>
    private protected BpfHandle? Handle { get; }

    /// <summary>Why there is no <see cref="Handle"/>, as messages say it.</summary>
    private protected virtual string NoHandleReason => "it is no kernel link: no file descriptor holds it";

    /// <summary>Whether this object knows of a pin.</summary>
    private protected bool IsPinned
    {
        get
        {
            lock (Gate)
            {
                return _pins.Count > 0;
            }
        }
    }

    /// <summary>
    /// Opens the link that is pinned at a path of the BPF file system, whatever its kind (<c>BPF_OBJ_GET</c>; Linux 5.7): to look at it, or to detach it. What
    /// only one kind of link can do has that kind's own method, such as <c>XdpLink.OpenPinned</c>.
    /// </summary>
    /// <param name="path">The pin's path, for example <c>/sys/fs/bpf/firewall</c>.</param>
    /// <returns>The link; disposing it closes it, and it stays attached as long as the pin is there.</returns>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no link.</exception>
    public static BpfLink OpenPinned(string path) => LinkOpening.Pinned(path, BpfLinkType.Unspecified, OpenedLink.Wrap);

    /// <summary>Opens a link by its id, whatever its kind (<c>BPF_LINK_GET_FD_BY_ID</c>; Linux 5.8, CAP_SYS_ADMIN); see <see cref="OpenPinned"/>.</summary>
    /// <param name="id">The id, as <see cref="Id"/> or <see cref="GetIds"/> tells it.</param>
    /// <returns>The link. While it is open the program stays attached, even if the process that attached it ends.</returns>
    /// <exception cref="BpfSyscallException">There is no such link, or this process may not open it.</exception>
    public static BpfLink OpenById(uint id) => LinkOpening.ById(id, BpfLinkType.Unspecified, OpenedLink.Wrap);

    /// <summary>The ids of all links on this machine (<c>BPF_LINK_GET_NEXT_ID</c>; Linux 5.8, CAP_SYS_ADMIN).</summary>
    /// <exception cref="BpfSyscallException">This process may not list them.</exception>
    public static IReadOnlyList<uint> GetIds() => KernelObjects.GetIds(BpfCommand.LinkGetNextId, "links");

    /// <summary>Opens all links of this machine, one after another, in the order of their ids (Linux 5.8, CAP_SYS_ADMIN). Those that vanish meanwhile are passed over.</summary>
    /// <returns>The links, whatever their kinds. Each is for the caller to dispose; while it is open the program stays attached.</returns>
    /// <exception cref="BpfSyscallException">This process may not open them; thrown by the enumeration.</exception>
    public static IEnumerable<BpfLink> OpenAll() =>
        KernelObjects.OpenAll(BpfCommand.LinkGetNextId, BpfCommand.LinkGetFdById, "links").Select(found => LinkOpening.Own(found.Handle));

    /// <summary>What the kernel tells about the link at this moment (<c>BPF_OBJ_GET_INFO_BY_FD</c>; Linux 5.8): what it is attached to, by kind.</summary>
    /// <exception cref="BpfNotSupportedException">The program is attached in a way that no file descriptor holds, or by several kernel links.</exception>
    /// <exception cref="BpfSyscallException">The kernel does not tell.</exception>
    /// <exception cref="ObjectDisposedException">The link is disposed.</exception>
    public BpfLinkInfo GetInfo()
    {
        ThrowIfDisposed();
        return LinkInformation.Read(
            Handle ?? throw new BpfNotSupportedException($"Asking for the information of {this}", NoHandleReason),
            ToString() ?? "a link");
    }

    /// <summary>
    /// Whether this program is the one that the link has now, as the kernel tells it (<c>BPF_OBJ_GET_INFO_BY_FD</c>; Linux 5.8): not so any more once another process has put its own
    /// in the place (<see cref="Update"/>). Of processes that share a pinned link, the one whose program it has is the owner.
    /// </summary>
    /// <param name="program">The program.</param>
    /// <exception cref="BpfNotSupportedException">The program is attached in a way that no file descriptor holds, or by several kernel links.</exception>
    /// <exception cref="BpfSyscallException">The kernel does not tell.</exception>
    /// <exception cref="ObjectDisposedException">The link is disposed.</exception>
    public bool HasProgram(BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return GetInfo().ProgramId == program.Id;
    }

    /// <summary>Pins the link at a path of the BPF file system, so that the attachment outlives this process (<c>BPF_OBJ_PIN</c>; Linux 5.7).</summary>
    /// <param name="path">Where; its folder has to exist. The kernel allows no '.' in the name.</param>
    /// <exception cref="BpfNotSupportedException">The program is attached in a way that no file descriptor holds, or by several kernel links.</exception>
    /// <exception cref="BpfSyscallException">The path is taken, is not on a BPF file system, or may not be written.</exception>
    public void Pin(string path)
    {
        lock (Gate)
        {
            ThrowIfDisposed();
            KernelObjects.Pin(
                Handle ?? throw new BpfNotSupportedException($"pinning {this}", NoHandleReason),
                path,
                ToString() ?? "a link");
            _pins.Add(path);
        }
    }

    /// <summary>
    /// Removes the pins of this link that this object knows: those that it made, and the one that it was opened by. From then on the attachment ends with the link, unless
    /// there is another pin, or another process holds it. A pin that is gone already is no error; another object that was pinned at its path meanwhile is left alone.
    /// </summary>
    /// <exception cref="InvalidOperationException">This object knows of no pin.</exception>
    /// <exception cref="BpfSyscallException">The pin may not be removed by this process.</exception>
    /// <exception cref="ObjectDisposedException">The link is disposed.</exception>
    public void Unpin()
    {
        lock (Gate)
        {
            ThrowIfDisposed();
            if (RemovePins() == 0)
            {
                throw new InvalidOperationException($"No pin of {this} is known here: it was neither pinned nor opened by its pin. Delete the file of the BPF file system instead.");
            }
        }
    }

    /// <summary>Puts another program in the place of the attached one, at once: no event meets both or neither (<c>BPF_LINK_UPDATE</c>, Linux 5.7).</summary>
    /// <remarks>The kernel does so for links to network interfaces, network namespaces, control groups, netkit devices and maps of sockets, and for iterators; those of probes and tracing keep their program.</remarks>
    /// <param name="program">The new program, of the type of the old one.</param>
    /// <param name="expected">The program that has to be attached now, else nothing changes (<c>BPF_F_REPLACE</c>); <see langword="null"/> for whichever is.</param>
    /// <exception cref="ArgumentException">The program is of another type.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel does not replace the program of links of this kind.</exception>
    /// <exception cref="BpfSyscallException">Another program is attached than was expected, or the kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The link or the program was disposed.</exception>
    public virtual void Update(BpfProgram program, BpfProgram? expected = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        lock (Gate)
        {
            ThrowIfDisposed();
            NetlinkVerdict verdict = (_attachment, Handle) switch
            {
                ({ } attachment, _) => attachment.Update(program, expected),
                (_, { } handle) => new NetlinkVerdict(KernelLinks.Update(handle, program.Handle, expected?.Handle), null),
                _ => throw new BpfNotSupportedException($"replacing the program of {this}", NoHandleReason),
            };
            if (verdict.Error != BpfErrno.None)
            {
                throw UpdateError(program, expected, verdict);
            }

            Program = program;
        }
    }

    /// <summary>
    /// Detaches the program now, even if the link is pinned (<c>BPF_LINK_DETACH</c>; Linux 5.9), and disposes the link. A pin stays as the name of a link
    /// that is attached to nothing; <see cref="Unpin"/> or deleting the file removes it.
    /// </summary>
    /// <remarks>
    /// Links of tracing programs, probes, perf events and iterators have no such call, nor have those of structs of functions before Linux 6.11, nor any before 5.9: the kernel detaches
    /// them when nobody holds them any more. For them the pins that this object knows are removed and the link is closed; one that another process holds, or that has another pin, stays
    /// attached.
    /// </remarks>
    /// <exception cref="BpfSyscallException">The kernel refused; the link is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The link is disposed already.</exception>
    public void Detach()
    {
        lock (Gate)
        {
            ThrowIfDisposed();
            DetachNow();
            Dispose();
        }
    }

    /// <summary>
    /// Detaches the program, unless the link is pinned or open elsewhere. Calling it again does nothing. It does not throw: what cannot be detached is told by the event source <c>EbpfNet</c>.
    /// </summary>
    public void Dispose()
    {
        // Who comes meanwhile waits until it is done; so does the end of the process, which finds the link among the live ones until then.
        lock (Gate)
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                ReleaseAll();
            }
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Undoes an attachment that would outlive the process although nobody asked for that; called as the process ends.</summary>
    internal virtual void EndWithProcess()
    {
        if (_attachment is { OutlivesProcess: true })
        {
            DisposeWithProcess();
        }
    }

    /// <summary>Disposes the link at the end of the process, unless a thread that does not get on holds it.</summary>
    private protected void DisposeWithProcess()
    {
        if (!Gate.TryEnter(LiveLinks.Patience))
        {
            EbpfNetEventSource.Log.DetachFailed(GetType().Name, "another thread is busy with it");
            return;
        }

        try
        {
            Dispose();
        }
        finally
        {
            Gate.Exit();
        }
    }

    /// <summary>Makes the link known as a live one. The last thing that the constructor of each kind of link does: from then on the process's end may call it.</summary>
    private protected void Join() => LiveLinks.Add(this);

    /// <summary>Whether the kernel still has the link on its hook; not called for a disposed one.</summary>
    private protected virtual bool IsOnHook() => _attachment?.IsInPlace() ?? (Handle is null || KernelLinks.IsAttached(Handle));

    /// <summary>What to say when the program was not replaced.</summary>
    private protected virtual BpfException UpdateError(BpfProgram program, BpfProgram? expected, NetlinkVerdict verdict) => LinkErrors.Update(this, program, expected, verdict.Error);

    /// <summary>What to say when the program was not detached; <see langword="null"/> where that is no error, since nothing is left to be detached.</summary>
    private protected virtual BpfException? DetachError(NetlinkVerdict verdict) =>
        SyscallErrors.Create(verdict.Error, DetachCall, $"detach {ProgramText} from {this}", null, verdict.Message);

    /// <summary>Lets go of the kernel's side of the link; called once.</summary>
    private protected virtual void Release()
    {
        try
        {
            // The rest are a foreign program in the place of ours, or nothing any more to be attached to: nothing of ours is left.
            if (!_isDetached && _attachment?.Detach() is { Error: not (BpfErrno.None or BpfErrno.EEXIST or BpfErrno.ENOENT or BpfErrno.ESRCH or BpfErrno.ENODEV) } verdict)
            {
                EbpfNetEventSource.Log.DetachFailed(ToString() ?? "", $"{verdict.Error} {verdict.Message}");
            }
        }
        finally
        {
            _attachment?.Dispose();
            Handle?.Dispose();
        }
    }

    /// <summary>Ends the attachment, whoever else holds it; what the kernel ends only with its last holder loses its pins.</summary>
    private protected virtual void DetachNow()
    {
        NetlinkVerdict verdict = _attachment?.Detach() ?? new NetlinkVerdict(KernelLinks.Detach(Handle!), null);
        if (_attachment is null && verdict.Error is BpfErrno.EOPNOTSUPP or BpfErrno.EINVAL)
        {
            _ = RemovePins(); // Closing the link, which comes next, ends the rest.
        }
        else if (verdict.Error != BpfErrno.None && DetachError(verdict) is { } failure)
        {
            throw failure;
        }
        else
        {
            _isDetached = true;
        }
    }

    /// <summary>The program that is known here without asking the kernel; <see langword="null"/> for an opened link that was not asked for it.</summary>
    internal BpfProgram? KnownProgram => Volatile.Read(ref _program);

    /// <summary>What a pin is made of.</summary>
    /// <exception cref="BpfNotSupportedException">The program is attached in a way that no file descriptor holds, or by several kernel links.</exception>
    internal BpfHandle RequireHandle()
    {
        ThrowIfDisposed();
        return Handle ?? throw new BpfNotSupportedException($"pinning {this}", NoHandleReason);
    }

    /// <summary>Takes note that the kernel has another program in the place of the attached one.</summary>
    /// <param name="program">The program.</param>
    /// <param name="isOpened">Whether it was opened for the link, and is closed with it.</param>
    internal void NoteProgram(BpfProgram program, bool isOpened)
    {
        lock (Gate)
        {
            ThrowIfDisposed();
            Program = program;
            if (isOpened)
            {
                _openedProgram?.Dispose();
                _openedProgram = program;
            }
        }
    }

    /// <summary>Remembers a pin, for <see cref="Unpin"/>.</summary>
    internal void AddPin(string path)
    {
        lock (Gate)
        {
            _pins.Add(path);
        }
    }

    private protected void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(IsDisposed, this);

    /// <returns>How many were known.</returns>
    private int RemovePins() => _pins.RemoveAll(Handle!, ToString() ?? "a link");

    private void ReleaseAll()
    {
        try
        {
            Release();
        }
#pragma warning disable CA1031 // Dispose does not throw, and the others go on being detached, whatever this one met.
        catch (Exception e)
#pragma warning restore CA1031
        {
            EbpfNetEventSource.Log.DetachFailed(ToString() ?? "", e.Message);
        }
        finally
        {
            _openedProgram?.Dispose();
            LiveLinks.Remove(this);
        }
    }

    private BpfProgram OpenProgram()
    {
        lock (Gate)
        {
            if (_program is null)
            {
                ThrowIfDisposed();
                LinkInfoData info = Handle is null ? default : KernelObjects.GetInfo<LinkInfoData>(Handle, ToString() ?? "a link");
                if (info.ProgId == 0)
                {
                    throw new BpfNotSupportedException($"Asking for the program of {this}", "the kernel names none for links of this kind");
                }

                _openedProgram = BpfProgram.OpenById(info.ProgId);
                Volatile.Write(ref _program, _openedProgram);
            }

            return _program;
        }
    }
}

using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// A folder of pins on a BPF file system, locked: for programs, maps and links that outlive the process which made them, so that the next one takes them over. All that is done
/// here is in force with <see cref="Commit"/>, or it is undone.
/// </summary>
/// <remarks>
/// <para>Whoever takes over asks for the pinned link (<see cref="TryOpenLink"/>), has its own object use pinned maps (<see cref="ShareMaps"/>), loads and fills it, pins what is to
/// outlive it (<see cref="Pin(BpfProgram, string?)"/>), and at last puts its program in the place of the one in the link (<see cref="Update"/>), or attaches it and pins the link, where there was none. The
/// process before learns from <see cref="BpfLink.HasProgram"/> that its program is not the one any more.</para>
/// <para>Two processes, or threads, are never at work on pins at a time: the folder above is locked (<c>flock()</c>, exclusive) until this is disposed, or the process ends, however it ends. The folder
/// itself may not be there yet. Folders beside it wait, too: hold the lock while pins are looked at and changed, not longer. Those who pin without this class do not ask for the lock.</para>
/// <para>A pin is replaced at once: its name is never without one. Of a process that is killed between two steps, those that were done stay; a name that ends in <c>~</c> is what it was about to pin, and the
/// next one removes it. Links need Linux 5.8, maps and programs 4.4. Members are for one thread at a time.</para>
/// </remarks>
public sealed class BpfPinFolder : IDisposable
{
    private const string Unfinished = "~";

    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(20);

    private readonly BpfHandle _lock;
    private readonly Stack<(Action Undo, Action? Keep)> _steps = [];

    private BpfPinFolder(string path, BpfHandle handle) => (FullPath, _lock) = (path, handle);

    /// <summary>The folder.</summary>
    public string FullPath { get; }

    /// <summary>The names of what is pinned in the folder, sorted; none where it does not exist.</summary>
    /// <exception cref="BpfSyscallException">The folder may not be read.</exception>
    public IReadOnlyList<string> Names
    {
        get
        {
            try
            {
                // The kernel's own files have a '.' in their names, as no pin has.
                return [.. Directory.GetFiles(FullPath).Select(path => Path.GetFileName(path)).Where(name => !name.Contains('.') && !name.EndsWith(Unfinished, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
            }
            catch (DirectoryNotFoundException)
            {
                return [];
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException)
            {
                throw SyscallErrors.Create(e is IOException ? BpfErrno.EIO : BpfErrno.EACCES, "opendir", $"list the pins in '{FullPath}'");
            }
        }
    }

    /// <summary>Waits until nobody else is at work on the pins of a folder, and locks them.</summary>
    /// <param name="path">The folder, for example <c>/sys/fs/bpf/firewall</c>. It is made when something is pinned; the folder above has to be there. It may be the root of a BPF file system.</param>
    /// <param name="patience">How long to wait for others; 20 seconds when <see langword="null"/>.</param>
    /// <returns>The folder. Disposing it undoes what was not committed, and lets go.</returns>
    /// <exception cref="BpfNotSupportedException">The folder above is not there, or not on a BPF file system.</exception>
    /// <exception cref="BpfSyscallException">The folder above may not be opened, or another process did not let go for so long (<c>EAGAIN</c>).</exception>
    public static BpfPinFolder Lock(string path, TimeSpan? patience = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        TimeSpan longest = patience ?? DefaultPatience;
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, TimeSpan.Zero, nameof(patience));
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string above = Path.GetDirectoryName(folder) ?? folder;
        // What holds the pins may be the root of the file system itself.
        BpfHandle handle = TryOpen(above, folder) ?? TryOpen(folder, folder)
            ?? throw new BpfNotSupportedException($"Pinning in '{folder}'", $"{above} is no folder of a BPF file system; mount one ('mount -t bpf bpf /sys/fs/bpf'), or choose a folder of one");
        BpfErrno error = FolderLock.TryTake(handle, longest);
        if (error == BpfErrno.None)
        {
            return new BpfPinFolder(folder, handle);
        }

        handle.Dispose();
        throw SyscallErrors.Create(error, "flock", $"lock the pins in '{folder}'", error == BpfErrno.EAGAIN ? $"Another process is at work on pins in {above}, and did not let go for {longest.TotalSeconds:0.###} s" : null);
    }

    /// <summary>Whether something is pinned by a name.</summary>
    /// <param name="name">The name in the folder.</param>
    public bool Contains(string name) => File.Exists(GetPath(name));

    /// <summary>The path of a pin, whether there is one or not: for <c>OpenPinned</c> of what it is.</summary>
    /// <param name="name">The name in the folder.</param>
    /// <exception cref="ArgumentException">No pin can have that name: it is empty, has a '/' or a '.', or ends in '~'.</exception>
    public string GetPath(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return name.AsSpan().ContainsAny('/', '.', '\0') || name.EndsWith(Unfinished, StringComparison.Ordinal)
            ? throw new ArgumentException($"No pin can be named '{name}': a name has no '/' and no '.', and does not end in '{Unfinished}'.", nameof(name))
            : Path.Join(FullPath, name);
    }

    /// <summary>Opens a pinned link, if there is one that is still on its hook: what is left of an interface, a control group or a network namespace that is gone does not count.</summary>
    /// <typeparam name="TLink">The kind of link.</typeparam>
    /// <param name="name">The name in the folder.</param>
    /// <param name="open">Opens it, for example <c>NetnsLink.OpenPinned</c>.</param>
    /// <returns>The link, to be disposed; <see langword="null"/> where there is none. Look whether it is attached to what it is wanted for: <c>NetnsLink.NamespaceId</c>, for example.</returns>
    /// <exception cref="BpfSyscallException">This process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no link of that kind.</exception>
    public TLink? TryOpenLink<TLink>(string name, Func<string, TLink> open)
        where TLink : BpfLink
    {
        ArgumentNullException.ThrowIfNull(open);
        if (!Contains(name))
        {
            return null;
        }

        TLink link = open(GetPath(name));
        if (link.IsAttached)
        {
            return link;
        }

        link.Dispose();
        return null;
    }

    /// <summary>Has an object use pinned maps when it is loaded, instead of new ones: all that are named, or none. What a pinned one lacks to be the object's is told by the load.</summary>
    /// <param name="spec">The object; <see cref="BpfMapSpec.PinPath"/> of its maps is set.</param>
    /// <param name="maps">The names of the maps, which are those of their pins, with '_' for '.'.</param>
    /// <returns>Whether all are pinned.</returns>
    /// <exception cref="KeyNotFoundException">The object has no such map.</exception>
    public bool ShareMaps(BpfObjectSpec spec, params ReadOnlySpan<string> maps)
    {
        ArgumentNullException.ThrowIfNull(spec);
        foreach (string map in maps)
        {
            if (!Contains(ToPinName(spec.Maps[map].Name)))
            {
                return false;
            }
        }

        foreach (string map in maps)
        {
            spec.Maps[map].PinPath = GetPath(ToPinName(map));
        }

        return true;
    }

    /// <summary>Pins a map, in the place of what has the name (<c>BPF_OBJ_PIN</c>).</summary>
    /// <param name="map">The map.</param>
    /// <param name="name">The name in the folder; the map's, with '_' for '.', when <see langword="null"/>.</param>
    /// <exception cref="BpfSyscallException">It was not pinned; what has the name is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The map, or this folder, was disposed.</exception>
    public void Pin(BpfMap map, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(map);
        Pin(map.Handle, name ?? ToPinName(map.Name), map.ToString());
    }

    /// <summary>Pins a program, in the place of what has the name (<c>BPF_OBJ_PIN</c>).</summary>
    /// <param name="program">The program.</param>
    /// <param name="name">The name in the folder; the program's, with '_' for '.', when <see langword="null"/>.</param>
    /// <exception cref="BpfSyscallException">It was not pinned; what has the name is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The program, or this folder, was disposed.</exception>
    public void Pin(BpfProgram program, string? name = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        Pin(program.Handle, name ?? ToPinName(program.Name), program.ToString());
    }

    /// <summary>Pins a link, in the place of what has the name (<c>BPF_OBJ_PIN</c>; Linux 5.7). When that is undone the link is still attached, until it is disposed.</summary>
    /// <param name="link">The link.</param>
    /// <param name="name">The name in the folder.</param>
    /// <exception cref="BpfNotSupportedException">The program is attached in a way that no file descriptor holds, or by several kernel links.</exception>
    /// <exception cref="BpfSyscallException">It was not pinned; what has the name is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The link, or this folder, was disposed.</exception>
    public void Pin(BpfLink link, string name)
    {
        ArgumentNullException.ThrowIfNull(link);
        Pin(link.RequireHandle(), name, link.ToString() ?? "a link", () => link.AddPin(GetPath(name)));
    }

    /// <summary>Puts another program in the place of the one that a link has, at once (<c>BPF_LINK_UPDATE</c>; see <see cref="BpfLink.Update"/>). The old one is put back when that is undone.</summary>
    /// <remarks>
    /// To be put back, the old program has to be open: as the link's own <see cref="BpfLink.Program"/>, by a pin in this folder, or by its id, which takes CAP_SYS_ADMIN. Where it is to be had in none of these
    /// ways, the new one stays. Pin first and update last: then little is left that can fail.
    /// </remarks>
    /// <param name="link">The link.</param>
    /// <param name="program">The new program.</param>
    /// <exception cref="ArgumentException">The program is of another type.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel does not replace the program of links of this kind.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused; the link is as it was.</exception>
    /// <exception cref="ObjectDisposedException">The link, the program or this folder was disposed.</exception>
    public void Update(BpfLink link, BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(program);
        ThrowIfDisposed();
        uint id = link.GetInfo().ProgramId;
        BpfProgram? known = link.KnownProgram is { Handle.IsClosed: false } own && own.Id == id ? own : null;
        // Whoever undoes this may have disposed the link and the programs by then.
        LinkReplacement replacement = new(link, program, known?.Duplicate() ?? TryOpenProgram(id));
        try
        {
            link.Update(program, replacement.Before);
        }
        catch
        {
            replacement.Dispose();
            throw;
        }

        _steps.Push((replacement.Undo, replacement.Dispose));
    }

    /// <summary>Removes pins at once, to stay so: that is not undone. The folder goes with the last of what is in it. A link that nobody else holds is detached thereby, on some kernels a moment later.</summary>
    /// <param name="names">Their names in the folder; those that are not there are passed over.</param>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="BpfSyscallException">One may not be removed.</exception>
    /// <exception cref="ObjectDisposedException">This folder was disposed.</exception>
    public bool Remove(params ReadOnlySpan<string> names)
    {
        ThrowIfDisposed();
        bool found = false;
        foreach (string name in names)
        {
            string path = GetPath(name);
            found |= File.Exists(path);
            KernelObjects.Unpin(path, $"'{name}'");
            KernelObjects.Unpin(path + Unfinished, $"'{name}'");
        }

        RemoveFolder();
        return found;
    }

    /// <summary>Keeps what was done since the folder was locked, or since this was called last.</summary>
    public void Commit()
    {
        foreach ((_, Action? keep) in _steps)
        {
            keep?.Invoke();
        }

        _steps.Clear();
    }

    /// <summary>
    /// Undoes what was not committed, last things first: what was pinned is removed, or what had its name before is pinned again; the programs before are in the links again; a folder that
    /// was made is removed. It throws nothing: what cannot be undone is told by the event source <c>EbpfNet</c>.
    /// </summary>
    public void Undo()
    {
        while (_steps.TryPop(out (Action Undo, Action? Keep) step))
        {
            try
            {
                step.Undo();
            }
            catch (Exception e) when (e is BpfException or ObjectDisposedException)
            {
                EbpfNetEventSource.Log.PinsNotUndone(FullPath, e.Message);
            }
        }
    }

    /// <summary>Undoes what was not committed, and lets others have their turn. Calling it again does nothing.</summary>
    public void Dispose()
    {
        if (!_lock.IsClosed)
        {
            Undo();
            FolderLock.Release(_lock);
            _lock.Dispose();
        }
    }

    /// <summary>The folder as messages call it.</summary>
    public override string ToString() => $"the pins in '{FullPath}'";

    private static string ToPinName(string name) => name.Replace('.', '_'); // The BPF file system takes no '.' in names.

    /// <summary>Opens a folder; nothing where it is not there, or on another file system.</summary>
    private static BpfHandle? TryOpen(string folder, string pins)
    {
        if (!Directory.Exists(folder))
        {
            return null;
        }

        BpfHandle handle = PathDescriptor.OpenFolder(folder, folder == pins ? "the folder of pins" : $"the folder above the pins in '{pins}',");
        BpfErrno error = FileSystemType.TryRead(handle, out long type);
        if (error == BpfErrno.None && type == FileSystemType.Bpf)
        {
            return handle;
        }

        handle.Dispose();
        return error == BpfErrno.None ? null : throw SyscallErrors.Create(error, "fstatfs", $"look at the file system of '{folder}'");
    }

    private void Pin(BpfHandle handle, string name, string what, Action? keep = null)
    {
        ThrowIfDisposed();
        string path = GetPath(name);
        MakeFolder();
        BpfHandle? before = null;
        if (File.Exists(path) && KernelObjects.TryOpenPin(path, out before) != BpfErrno.None)
        {
            before = KernelObjects.OpenPin(path, "object"); // Once more, for the message.
        }

        try
        {
            KernelObjects.PinOver(handle, path, path + Unfinished, what);
        }
        catch
        {
            before?.Dispose();
            throw;
        }

        _steps.Push((Undo, Keep));

        void Undo()
        {
            using (before)
            {
                if (before is null)
                {
                    KernelObjects.Unpin(path, what);
                }
                else
                {
                    KernelObjects.PinOver(before, path, path + Unfinished, $"what was pinned as '{name}'");
                }
            }
        }

        void Keep()
        {
            before?.Dispose();
            keep?.Invoke();
        }
    }

    private void MakeFolder()
    {
        BpfErrno error = KernelObjects.TryMakeFolder(FullPath);
        if (error == BpfErrno.None)
        {
            _steps.Push((RemoveFolder, null));
        }
        else if (error != BpfErrno.EEXIST)
        {
            throw SyscallErrors.Create(error, "mkdir", $"make the folder '{FullPath}'");
        }
    }

    /// <summary>Removes the folder if nothing is left in it.</summary>
    private void RemoveFolder()
    {
        BpfErrno error = KernelObjects.TryRemoveFolder(FullPath);
        if (error is not (BpfErrno.None or BpfErrno.ENOENT or BpfErrno.ENOTEMPTY or BpfErrno.EBUSY))
        {
            throw SyscallErrors.Create(error, "rmdir", $"remove the folder '{FullPath}'");
        }
    }

    /// <summary>Opens a program by its pin in this folder, or by its id; <see langword="null"/> where neither is to be had.</summary>
    private BpfProgram? TryOpenProgram(uint id)
    {
        foreach (string name in Names)
        {
            if (TryOpen(() => BpfProgram.OpenPinned(GetPath(name))) is { } program)
            {
                if (program.Id == id)
                {
                    return program;
                }

                program.Dispose();
            }
        }

        return TryOpen(() => BpfProgram.OpenById(id));

        static BpfProgram? TryOpen(Func<BpfProgram> open)
        {
            try
            {
                return open();
            }
            catch (BpfException)
            {
                return null; // Something else, or not for this process.
            }
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_lock.IsClosed, this);
}

using System.Runtime.InteropServices;
using System.Text;

namespace EbpfNet.Kernel;

/// <summary>What maps, programs, links and BTF share: information, ids, pins.</summary>
internal static unsafe class KernelObjects
{
    /// <summary>Fills <paramref name="info"/>; what the kernel does not know yet stays zero.</summary>
    public static BpfErrno TryGetInfo<T>(BpfHandle handle, ref T info)
        where T : unmanaged
    {
        using BpfHandle.Lease fd = handle.Acquire();
        fixed (T* data = &info)
        {
            var attribute = new ObjectInfoAttribute { BpfFd = fd.Fd, InfoLen = (uint)sizeof(T), Info = data };
            return BpfSyscall.InvokeForError(BpfCommand.ObjGetInfoByFd, &attribute);
        }
    }

    public static T GetInfo<T>(BpfHandle handle, string what)
        where T : unmanaged
    {
        T info = default;
        BpfErrno error = TryGetInfo(handle, ref info);
        return error == BpfErrno.None ? info : throw SyscallErrors.Create(error, BpfCommand.ObjGetInfoByFd, $"read the information of {what}");
    }

    public static void Pin(BpfHandle handle, string path, string what)
    {
        BpfErrno error = TryPin(handle, path);
        if (error != BpfErrno.None)
        {
            throw SyscallErrors.Create(error, BpfCommand.ObjPin, $"pin {what} at '{path}'", AdviseOnPin(error, path));
        }
    }

    public static BpfErrno TryPin(BpfHandle handle, string path)
    {
        using BpfHandle.Lease fd = handle.Acquire();
        fixed (byte* name = ToPath(path))
        {
            var attribute = new ObjectPathAttribute { Pathname = name, BpfFd = fd.Fd };
            return BpfSyscall.InvokeForError(BpfCommand.ObjPin, &attribute);
        }
    }

    /// <summary>Removes a pin, that is, its name; one that is gone already is no error.</summary>
    public static void Unpin(string path, string what)
    {
        fixed (byte* name = ToPath(path))
        {
            if (LibC.Unlink(name) < 0 && (BpfErrno)Marshal.GetLastPInvokeError() is var error and not BpfErrno.ENOENT)
            {
                throw SyscallErrors.Create(error, "unlink", $"remove the pin of {what} at '{path}'");
            }
        }
    }

    /// <summary>Pins at a path in the place of what is pinned there, at once: whoever opens it finds the one or the other.</summary>
    /// <param name="handle">What is pinned.</param>
    /// <param name="path">Where.</param>
    /// <param name="beside">Another path in the same folder, where nothing of worth is.</param>
    /// <param name="what">What is pinned, as messages call it.</param>
    public static void PinOver(BpfHandle handle, string path, string beside, string what)
    {
        fixed (byte* from = ToPath(beside), to = ToPath(path))
        {
            _ = LibC.Unlink(from); // That of a process that was killed meanwhile.
            BpfErrno error = TryPin(handle, beside);
            if (error != BpfErrno.None)
            {
                throw SyscallErrors.Create(error, BpfCommand.ObjPin, $"pin {what} at '{path}'", AdviseOnPin(error, path));
            }

            if (LibC.Rename(from, to) < 0)
            {
                error = (BpfErrno)Marshal.GetLastPInvokeError();
                LibC.Unlink(from);
                throw SyscallErrors.Create(error, "rename", $"pin {what} at '{path}'", error is BpfErrno.EISDIR ? "A folder is there" : null);
            }
        }
    }

    /// <summary>Removes a folder, if nothing is in it.</summary>
    /// <returns>ENOTEMPTY where something is, EBUSY where a file system is mounted.</returns>
    public static BpfErrno TryRemoveFolder(string path)
    {
        fixed (byte* name = ToPath(path))
        {
            return LibC.RemoveDirectory(name) == 0 ? BpfErrno.None : (BpfErrno)Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Makes one folder, and says so: EEXIST where it is there already, whoever made it a moment ago.</summary>
    public static BpfErrno TryMakeFolder(string path)
    {
        const uint Everybody = 0x1ff; // Less the process's umask.
        fixed (byte* name = ToPath(path))
        {
            return LibC.MakeDirectory(name, Everybody) == 0 ? BpfErrno.None : (BpfErrno)Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Opens a pin; the kernel does not say what kind of object it is, the caller has to look.</summary>
    /// <param name="path">The pin.</param>
    /// <param name="what">What it is thought to be.</param>
    /// <param name="fileFlags"><c>BPF_F_RDONLY</c> or <c>BPF_F_WRONLY</c>, for maps.</param>
    public static BpfHandle OpenPin(string path, string what, uint fileFlags = 0)
    {
        BpfErrno error = TryOpenPin(path, out BpfHandle? handle, fileFlags);
        return handle ?? throw SyscallErrors.Create(error, BpfCommand.ObjGet, $"open the pinned {what} at '{path}'", error switch
        {
            BpfErrno.ENOENT => "Nothing is pinned there; 'ls' the folder for what is",
            BpfErrno.EACCES when Path.Exists(path) => "What is there is no pinned BPF object, or its file permissions keep this process out; 'ls -l' shows them",
            _ => AdviseOnPin(error, path),
        });
    }

    public static BpfErrno TryOpenPin(string path, out BpfHandle? handle, uint fileFlags = 0)
    {
        fixed (byte* name = ToPath(path))
        {
            var attribute = new ObjectPathAttribute { Pathname = name, FileFlags = fileFlags };
            return BpfSyscall.InvokeForHandle(BpfCommand.ObjGet, &attribute, out handle);
        }
    }

    public static BpfHandle OpenById(BpfCommand command, uint id, string what, uint openFlags = 0)
    {
        BpfErrno error = TryOpenById(command, id, out BpfHandle? handle, openFlags);
        return handle ?? throw SyscallErrors.Create(error, command, $"open {what} with id {id}", error == BpfErrno.ENOENT ? "There is none; it may have gone meanwhile" : null);
    }

    public static BpfErrno TryOpenById(BpfCommand command, uint id, out BpfHandle? handle, uint openFlags = 0)
    {
        var attribute = new ObjectIdAttribute { StartId = id, OpenFlags = openFlags };
        return BpfSyscall.InvokeForHandle(command, &attribute, out handle);
    }

    /// <summary>The ids of every object of a kind on this machine, ascending; ones that come or go meanwhile may be missed.</summary>
    public static IReadOnlyList<uint> GetIds(BpfCommand nextIdCommand, string what)
    {
        var ids = new List<uint>();
        uint last = 0;
        while (TryGetNextId(nextIdCommand, ref last, what))
        {
            ids.Add(last);
        }

        return ids;
    }

    /// <summary>Opens every object of a kind on this machine, one after another, ascending by id; those that vanish meanwhile are passed over.</summary>
    public static IEnumerable<(uint Id, BpfHandle Handle)> OpenAll(BpfCommand nextIdCommand, BpfCommand openCommand, string what)
    {
        uint id = 0;
        while (TryGetNextId(nextIdCommand, ref id, what))
        {
            BpfErrno error = TryOpenById(openCommand, id, out BpfHandle? handle);
            if (handle is not null)
            {
                yield return (id, handle);
            }
            else if (!IsGone(error))
            {
                throw SyscallErrors.Create(error, openCommand, $"open one of the {what} of this machine, with id {id}");
            }
        }
    }

    /// <summary>Whether an answer means that an object is being freed, or, of a link, is not yet made: neither counts as there.</summary>
    private static bool IsGone(BpfErrno error) => error is BpfErrno.ENOENT or BpfErrno.EAGAIN;

    /// <summary>The id that follows another one.</summary>
    /// <returns><see cref="BpfErrno.ENOENT"/> after the last, EINVAL where the kernel does not list such objects, EPERM where this process may not.</returns>
    public static BpfErrno TryGetNextId(BpfCommand nextIdCommand, ref uint id)
    {
        var attribute = new ObjectIdAttribute { StartId = id };
        int result = BpfSyscall.Invoke(nextIdCommand, &attribute);
        if (result < 0)
        {
            return (BpfErrno)(-result);
        }

        id = attribute.NextId;
        return BpfErrno.None;
    }

    private static bool TryGetNextId(BpfCommand nextIdCommand, ref uint id, string what)
    {
        BpfErrno error = TryGetNextId(nextIdCommand, ref id);
        return error is BpfErrno.None or BpfErrno.ENOENT ? error == BpfErrno.None : throw SyscallErrors.Create(error, nextIdCommand, $"list the {what} of this machine");
    }

    private static string? AdviseOnPin(BpfErrno error, string path) => error switch
    {
        BpfErrno.EINVAL => "Pins live on the BPF file system: is it mounted there ('mount -t bpf bpf /sys/fs/bpf'), and does the name hold no '.'?",
        BpfErrno.EPERM when Path.GetFileName(path).Contains('.') => "The BPF file system takes no '.' in names",
        BpfErrno.EPERM when Directory.Exists(Path.GetDirectoryName(path)) => "Pins live on the BPF file system: is it mounted there ('mount -t bpf bpf /sys/fs/bpf')?",
        BpfErrno.ENOENT => "The folder does not exist; create it on the BPF file system first",
        BpfErrno.EEXIST => "Something is there already; remove it first, or choose another path",
        _ => null,
    };

    /// <summary>A NUL-terminated path; a NUL inside would silently name another file.</summary>
    internal static byte[] ToPath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path.Contains('\0'))
        {
            throw new ArgumentException("A path cannot contain a NUL character.", nameof(path));
        }

        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(path) + 1];
        Encoding.UTF8.GetBytes(path, bytes);
        return bytes;
    }
}

using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A probe that this library has defined in tracefs, as kernels before 4.17 need it, and that is still there: of a process that runs, or of one that was killed (SIGKILL) before it could remove it.</summary>
/// <remarks>A definition whose process is gone has no program and no effect; it only takes up its name.</remarks>
public sealed class LeftoverProbe
{
    private readonly string _file;

    private LeftoverProbe(string file, string name, string definition, int processId, bool? isOwnerRunning) =>
        (_file, Name, Definition, ProcessId, IsOwnerRunning) = (file, name, definition, processId, isOwnerRunning);

    /// <summary>Its name in tracefs: <c>ebpfnet_1234_56789_4026531836/p1</c>.</summary>
    public string Name { get; }

    /// <summary>The line that defines it: <c>p:ebpfnet_1234_56789_4026531836/p1 do_unlinkat</c>.</summary>
    public string Definition { get; }

    /// <summary>The process that defined it, by its number in that process's own namespace.</summary>
    public int ProcessId { get; }

    /// <summary>Whether that process still runs; <see langword="null"/> where it cannot be seen from here: its namespace of processes is not this process's, nor one below.</summary>
    public bool? IsOwnerRunning { get; }

    /// <summary>All of them on this machine; empty where tracefs may not be read.</summary>
    public static IReadOnlyList<LeftoverProbe> FindAll()
    {
        if (TraceFileSystem.Find() is not { } folder)
        {
            return [];
        }

        var found = new List<LeftoverProbe>();
        foreach (string name in new[] { TraceProbeName.KernelFile, TraceProbeName.UserFile })
        {
            string file = $"{folder}/{name}";
            foreach (string line in TraceFileSystem.ReadLines(file))
            {
                if (TraceProbeName.TryParse(line, out string probe, out TraceProbeOwner owner))
                {
                    found.Add(new LeftoverProbe(file, probe, line, owner.Process, TraceProbeName.IsRunning(owner)));
                }
            }
        }

        return found;
    }

    /// <summary>Removes it; one that is gone already is no error.</summary>
    /// <exception cref="BpfSyscallException">It is in use, or this process may not remove it.</exception>
    public void Remove()
    {
        BpfErrno error = TraceProbe.Remove(_file, Name);
        if (error is not (BpfErrno.None or BpfErrno.ENOENT))
        {
            throw SyscallErrors.Create(error, "write", $"remove the probe '{Name}' from {_file}", error == BpfErrno.EBUSY ? "A process has a program attached to it" : null);
        }
    }

    /// <summary>The probe as messages call it.</summary>
    public override string ToString() => $"the probe '{Name}'";
}

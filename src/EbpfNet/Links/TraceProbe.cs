using System.Globalization;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A probe that this process has defined in tracefs, as kernels before 4.17 need it; it is there until it is removed, also when the process is killed.</summary>
internal sealed class TraceProbe : IDisposable
{
    private const int Patience = 50;

    private static int _made;

    private readonly string _file;
    private readonly string _name;

    private TraceProbe(string file, string name, ulong id) => (_file, _name, Id) = (file, name, id);

    /// <summary>The number of its tracepoint.</summary>
    public ulong Id { get; }

    /// <summary>Defines a probe.</summary>
    /// <param name="folder">Where tracefs is.</param>
    /// <param name="user">In a program or library, or in the kernel.</param>
    /// <param name="kind"><c>p</c>, or <c>r</c> for a function's return, with what goes between it and the colon.</param>
    /// <param name="place">Where the probe is to be, as tracefs has it.</param>
    /// <param name="probe">The probe.</param>
    public static BpfErrno Define(string folder, bool user, string kind, string place, out TraceProbe? probe)
    {
        probe = null;
        string file = $"{folder}/{(user ? TraceProbeName.UserFile : TraceProbeName.KernelFile)}";
        string group = TraceProbeName.OwnGroup;
        string name = string.Create(CultureInfo.InvariantCulture, $"p{Interlocked.Increment(ref _made)}");
        BpfErrno error = TraceCommands.Write(file, $"{kind}:{group}/{name} {place}");
        if (error != BpfErrno.None)
        {
            return error;
        }

        if (TraceFileSystem.ReadEventId(folder, group, name) is { } id)
        {
            probe = new TraceProbe(file, $"{group}/{name}", id);
            return BpfErrno.None;
        }

        _ = TraceCommands.Write(file, $"-:{group}/{name}");
        return BpfErrno.ENOENT;
    }

    public void Dispose()
    {
        BpfErrno error = Remove(_file, _name);
        if (error is not (BpfErrno.None or BpfErrno.ENOENT))
        {
            EbpfNetEventSource.Log.DetachFailed($"the probe '{_name}' in {_file}", error.ToString());
        }
    }

    /// <summary>Removes a definition. It is busy for a moment after its last event was closed.</summary>
    public static BpfErrno Remove(string file, string name)
    {
        BpfErrno error = TraceCommands.Write(file, $"-:{name}");
        for (int i = 0; i < Patience && error == BpfErrno.EBUSY; i++)
        {
            Thread.Sleep(10);
            error = TraceCommands.Write(file, $"-:{name}");
        }

        return error;
    }
}

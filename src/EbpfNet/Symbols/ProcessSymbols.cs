using System.Diagnostics;
using System.Globalization;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// The names of a process's code addresses: from the symbol tables of the files that it has loaded (deleted ones and those of its container included), from
/// the <c>[vdso]</c>, and, for code that a runtime has made, from <c>/tmp/perf-PID.map</c>, which .NET writes with <c>DOTNET_PerfMapEnabled=1</c>.
/// </summary>
/// <remarks>
/// What the process has loaded is read when this is made and by <see cref="Refresh"/>, a file when the first address in it is resolved: resolve while the process runs. C++ and Rust
/// names are as in the symbol table, not demangled. Needs the right to trace the process. Instances are safe to use from several threads.
/// </remarks>
public sealed class ProcessSymbols : ISymbolSource
{
    private const long LongestFile = int.MaxValue - 1024;
    private const long LongestText = 256 * 1024 * 1024;
    private const string JitModule = "[jit]";
    private const string VdsoModule = "[vdso]";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, FileSymbols> _files = new(StringComparer.Ordinal);
    private readonly string _folder;
    private MemoryRegion[] _regions = [];
    private SymbolIndex<string>? _jit;

    private ProcessSymbols(int processId)
    {
        ProcessId = processId;
        _folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}");
        Refresh();
    }

    /// <summary>The process's number.</summary>
    public int ProcessId { get; }

    /// <summary>Looks at a process.</summary>
    /// <param name="processId">Its number.</param>
    /// <returns>Its symbols, to be read as they are needed.</returns>
    /// <exception cref="BpfSyscallException">There is no such process, or this one may not look at it.</exception>
    public static ProcessSymbols Load(int processId)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(processId);
        return new ProcessSymbols(processId);
    }

    /// <summary>Looks at a process.</summary>
    /// <param name="process">The process.</param>
    /// <returns>Its symbols, to be read as they are needed.</returns>
    /// <exception cref="BpfSyscallException">The process has ended, or this one may not look at it.</exception>
    public static ProcessSymbols Load(Process process)
    {
        ArgumentNullException.ThrowIfNull(process);
        return Load(process.Id);
    }

    /// <summary>Looks again at what the process has loaded, and at the code that its runtime has made.</summary>
    /// <exception cref="BpfSyscallException">The process has ended, or this one may not look at it.</exception>
    public void Refresh()
    {
        MemoryRegion[] regions = MemoryRegion.ParseCode(ReadMaps());
        lock (_gate)
        {
            _regions = regions;
            _files.Clear(); // There may be another file under the same name by now.
            _jit = null;
        }
    }

    /// <inheritdoc/>
    public BpfStackFrame Resolve(ulong address)
    {
        lock (_gate)
        {
            if (!MemoryRegion.TryFind(_regions, address, out MemoryRegion region))
            {
                return new BpfStackFrame(address);
            }

            if (region.IsFile || region.Name == VdsoModule)
            {
                ulong place = address - region.Start + region.FileOffset;
                string module = region.FileName;
                return FileOf(region).TryFind(place, out string name, out ulong distance)
                    ? new BpfStackFrame(address, name, distance, module)
                    : FindJit(address) ?? new BpfStackFrame(address, null, place, module);
            }

            return FindJit(address) ?? new BpfStackFrame(address, null, address - region.Start, region.Name.Length > 0 ? region.Name : null);
        }
    }

    /// <summary>Resolves an address that the kernel gave as a file's build id and a place in the file (<see cref="Abi.BpfMapFlags.StackBuildId"/>).</summary>
    /// <param name="frame">What the kernel gave.</param>
    /// <returns>What is known of it: <see cref="BpfStackFrame.Address"/> is 0 where only the file is known.</returns>
    public BpfStackFrame Resolve(in BpfBuildIdFrame frame)
    {
        if (frame.Status != BpfBuildIdStatus.Valid)
        {
            return frame.Status == BpfBuildIdStatus.Address ? Resolve(frame.Address) : default;
        }

        string id = frame.BuildId;
        lock (_gate)
        {
            foreach (MemoryRegion region in _regions)
            {
                if (id.Length > 0 && region.IsFile && FileOf(region) is var file && file.BuildId.StartsWith(id, StringComparison.Ordinal))
                {
                    ulong place = frame.FileOffset;
                    ulong address = place >= region.FileOffset && place - region.FileOffset < region.End - region.Start ? place - region.FileOffset + region.Start : 0;
                    return file.TryFind(place, out string name, out ulong distance)
                        ? new BpfStackFrame(address, name, distance, region.FileName)
                        : new BpfStackFrame(address, null, place, region.FileName);
                }
            }
        }

        return new BpfStackFrame(0, null, frame.FileOffset, id);
    }

    /// <summary>The process as messages call it.</summary>
    public override string ToString() => $"symbols of process {ProcessId}";

    private byte[] ReadMaps()
    {
        try
        {
            return File.ReadAllBytes(_folder + "/maps");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            BpfErrno error = e is UnauthorizedAccessException ? BpfErrno.EACCES : BpfErrno.ESRCH;
            throw SyscallErrors.Create(error, "open", $"read what process {ProcessId} has loaded", error == BpfErrno.ESRCH
                ? "There is no such process; it may have ended meanwhile"
                : "It takes the right to trace it: the same user, or CAP_SYS_PTRACE");
        }
    }

    private FileSymbols FileOf(in MemoryRegion region)
    {
        if (!_files.TryGetValue(region.Name, out FileSymbols? file))
        {
            byte[]? image = region.Name == VdsoModule ? Vdso.TryRead() : TryRead(region);
            _files[region.Name] = file = image is null ? FileSymbols.None : FileSymbols.Parse(image);
        }

        return file;
    }

    /// <summary>The very file that is mapped, even when it was deleted or replaced; without the right to that, what the process now sees under its name.</summary>
    private byte[]? TryRead(in MemoryRegion region) =>
        PathDescriptor.TryReadFile(string.Create(CultureInfo.InvariantCulture, $"{_folder}/map_files/{region.Start:x}-{region.End:x}"), LongestFile)
        ?? (region.IsDeleted ? null : PathDescriptor.TryReadFile($"{_folder}/root{region.FileName}", LongestFile));

    private BpfStackFrame? FindJit(ulong address)
    {
        _jit ??= PathDescriptor.TryReadFile(string.Create(CultureInfo.InvariantCulture, $"{_folder}/root/tmp/perf-{InnerId()}.map"), LongestText) is { } text ? PerfMap.Parse(text) : SymbolIndex<string>.Create([]);
        return _jit.TryFind(address, out string name, out ulong distance) ? new BpfStackFrame(address, name, distance, JitModule) : null;
    }

    /// <summary>The number that the process itself knows itself by: another one in a container.</summary>
    private int InnerId()
    {
        try
        {
            foreach (string line in File.ReadLines(_folder + "/status"))
            {
                if (line.StartsWith("NSpid:", StringComparison.Ordinal) && int.TryParse(line.AsSpan(line.LastIndexOf('\t') + 1), CultureInfo.InvariantCulture, out int id))
                {
                    return id;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended; nothing will be found under its number either.
        }

        return ProcessId;
    }
}

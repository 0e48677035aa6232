using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches programs to many functions of a program or library at once.</summary>
public static class UprobeMultiLinkExtensions
{
    /// <summary>Attaches a program to all functions of a program or library whose names are of a form (<c>BPF_LINK_CREATE</c> with <c>BPF_TRACE_UPROBE_MULTI</c>, Linux 6.6; with <c>BPF_TRACE_UPROBE_SESSION</c>, Linux 6.13).</summary>
    /// <param name="program">The program, loaded from a section <c>uprobe.multi</c>, <c>uretprobe.multi</c> or <c>uprobe.session</c>.</param>
    /// <param name="file">The program or library: a path, or a name as <c>AttachUprobe</c> takes it.</param>
    /// <param name="pattern">The form: <c>*</c> stands for any characters, <c>?</c> for one; without either, the function of that name.</param>
    /// <param name="options">How, and for whom.</param>
    /// <returns>The link; disposing it detaches the program from all.</returns>
    /// <exception cref="ArgumentException">The program was not loaded for this.</exception>
    /// <exception cref="BpfRelocationException">No function is of that form.</exception>
    /// <exception cref="BpfObjectFormatException">The file is no program or library, or a damaged one.</exception>
    /// <exception cref="BpfSyscallException">There is no such file or process, or the kernel refused: the message says which, and what to do.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel has no such links, or none for one process (before Linux 6.10).</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static UprobeMultiLink AttachUprobeMulti(this BpfProgram program, string file, string pattern, UprobeMultiOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        return Attach(program, file, options, image => FindMatching(image, pattern));
    }

    /// <summary>Attaches a program to some functions of a program or library; see <see cref="AttachUprobeMulti(BpfProgram, string, string, UprobeMultiOptions?)"/>.</summary>
    /// <param name="program">The program, loaded from a section <c>uprobe.multi</c>, <c>uretprobe.multi</c> or <c>uprobe.session</c>.</param>
    /// <param name="file">The program or library: a path, or a name as <c>AttachUprobe</c> takes it.</param>
    /// <param name="functions">The functions, as <see cref="UprobeOptions.Function"/> takes them.</param>
    /// <param name="options">How, and for whom.</param>
    /// <returns>The link; disposing it detaches the program from all.</returns>
    /// <exception cref="ArgumentException">The program was not loaded for this, or there are no functions.</exception>
    /// <exception cref="BpfRelocationException">There is no function of a name, or there are several: the message names what there is.</exception>
    /// <exception cref="BpfObjectFormatException">The file is no program or library, or a damaged one.</exception>
    /// <exception cref="BpfSyscallException">There is no such file or process, or the kernel refused: the message says which, and what to do.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel has no such links, or none for one process (before Linux 6.10).</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static UprobeMultiLink AttachUprobeMulti(this BpfProgram program, string file, IEnumerable<string> functions, UprobeMultiOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(functions);
        string[] names = [.. functions.Distinct(StringComparer.Ordinal)];
        return names.Length == 0 ? throw new ArgumentException("There are no functions to attach to.", nameof(functions))
            : Attach(program, file, options, image => [.. names.Select(name => (name, FunctionSearch.FindOffset(image, name)))]);
    }

    private static UprobeMultiLink Attach(BpfProgram program, string file, UprobeMultiOptions? options, Func<FunctionFile, (string Name, ulong Offset)[]> find)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(file);
        options ??= new UprobeMultiOptions();
        UprobeErrors.RequireProcess(options.ProcessId, nameof(options));
        MultiProbeErrors.Require(program, BpfAttachType.TraceUprobeMulti, BpfAttachType.TraceUprobeSession, options.Return, "uprobe.multi");
        MultiProbeErrors.RequireProcesses(program, file, options.ProcessId);
        string path = BinarySearchPath.Create().Find(file, $"attach {program} to functions of '{file}'");
        (string Name, ulong Offset)[] places = find(FunctionFile.Read(path));
        string[] names = [.. places.Select(place => place.Name)];
        ulong[]? cookies = options.Cookie is { } cookie ? [.. names.Select(cookie)] : null;
        BpfErrno error = MultiProbeRequests.CreateUprobe(
            program.Handle, program.ExpectedAttachType, path, [.. places.Select(place => place.Offset)], null, cookies, options.ProcessId ?? 0, options.Return, out BpfHandle? link);
        return link is not null ? new UprobeMultiLink(program, link, path, names, options.Return) : throw MultiProbeErrors.User(program, path, names, options.ProcessId, error);
    }

    /// <summary>Each place once, by the first of its names.</summary>
    private static (string Name, ulong Offset)[] FindMatching(FunctionFile image, string pattern)
    {
        var found = new Dictionary<ulong, string>();
        foreach (FileFunction function in image.Functions.Where(function => !function.IsIndirect && Glob.Matches(pattern, function.Name)).OrderBy(function => function.Name, StringComparer.Ordinal))
        {
            if (image.ToFileOffset(function.Address) is { } offset)
            {
                found.TryAdd(offset, function.Name);
            }
        }

        return found.Count > 0 ? [.. found.Select(place => (place.Value, place.Key))]
            : throw MultiProbeErrors.NothingMatches(pattern, $"'{image.Path}'", image.Functions.Select(function => function.Name).Distinct(StringComparer.Ordinal));
    }
}

namespace EbpfNet;

/// <summary>Attaches programs to functions of programs and libraries.</summary>
public static class UprobeLinkExtensions
{
    /// <summary>Attaches a program to the entry of a function, in all processes; see <see cref="AttachUprobe(BpfProgram, string, UprobeOptions)"/>.</summary>
    /// <param name="program">The program, of type <c>kprobe</c>.</param>
    /// <param name="file">The program or library: a path, or a name such as <c>libc</c>, <c>libssl.so.3</c> or <c>bash</c>.</param>
    /// <param name="function">The function.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="BpfRelocationException">There is no such function, or there are several: the message names what there is.</exception>
    /// <exception cref="BpfException">See <see cref="AttachUprobe(BpfProgram, string, UprobeOptions)"/>.</exception>
    public static PerfEventLink AttachUprobe(this BpfProgram program, string file, string function)
    {
        ArgumentException.ThrowIfNullOrEmpty(function);
        return AttachUprobe(program, file, new UprobeOptions { Function = function });
    }

    /// <summary>
    /// Attaches a program to a place in a program or library, for the processes that have it loaded and those that will
    /// (<c>BPF_LINK_CREATE</c> with <c>BPF_PERF_EVENT</c>, Linux 5.15; else <c>PERF_EVENT_IOC_SET_BPF</c>, Linux 4.17; else by tracefs).
    /// </summary>
    /// <param name="program">The program, of type <c>kprobe</c>.</param>
    /// <param name="file">
    /// The program or library: a path; or the name of a library as the dynamic linker finds it (<c>libc.so.6</c>, or only <c>libc</c>: by LD_LIBRARY_PATH, its cache, the usual folders);
    /// or the name of a program on PATH.
    /// </param>
    /// <param name="options">Where in the file, and for whom.</param>
    /// <returns>The link; disposing it detaches the program.</returns>
    /// <exception cref="ArgumentException">The program is of another type, or the options name no place, or a counter's place that is beyond 4 GiB.</exception>
    /// <exception cref="BpfRelocationException">There is no such function, or there are several: the message names what there is.</exception>
    /// <exception cref="BpfObjectFormatException">The file is no program or library, or a damaged one.</exception>
    /// <exception cref="BpfSyscallException">There is no such file or process, or CAP_PERFMON is missing: the message says which, and what to do.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel has no probes in programs, or no cookies.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static PerfEventLink AttachUprobe(this BpfProgram program, string file, UprobeOptions options)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(file);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Function is not { Length: > 0 } && options.Offset == 0)
        {
            throw new ArgumentException($"The options say neither a function nor an offset of '{file}'.", nameof(options));
        }

        UprobeErrors.RequireProcess(options.ProcessId, nameof(options));
        ProbeAttacher.Require(program, options.Cookie, "AttachUprobeMulti");
        string path = BinarySearchPath.Create().Find(file, $"attach {program} to {Describe(file, options)}");
        ulong offset = options.Function is { Length: > 0 } function ? FunctionSearch.FindOffset(FunctionFile.Read(path), function) + options.Offset : options.Offset;
        var request = new ProbeRequest(IsUser: true, path, offset, options.Return) { Process = options.ProcessId ?? -1, ReferenceCounter = options.ReferenceCounterOffset };
        if (request.IsCounterTooFar)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.ReferenceCounterOffset, $"{nameof(UprobeOptions.ReferenceCounterOffset)} is beyond 4 GiB, for which the kernel has no room.");
        }

        string target = Describe(path, options);
        using LiveLinks.Making _ = LiveLinks.Make();
        PerfEventAttachment attachment = ProbeAttacher.Attach(program, request, target, options.Cookie, error => UprobeErrors.Explain(error, path, options.ProcessId));
        return new PerfEventLink(program, ProbeAttacher.HookOf(request), target, options.Cookie ?? 0, attachment);
    }

    private static string Describe(string file, UprobeOptions options) =>
        $"{file}:{(options.Function is { Length: > 0 } function ? KprobeTarget.Format(function, options.Offset) : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"0x{options.Offset:x}"))}";
}

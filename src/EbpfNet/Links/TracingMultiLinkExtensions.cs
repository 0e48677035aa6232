using System.Globalization;
using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;
using EbpfNet.Loading;

namespace EbpfNet;

/// <summary>Attaches programs to many functions of the kernel at once, by trampolines: with all arguments, and quicker than by kprobes.</summary>
public static class TracingMultiLinkExtensions
{
    private static readonly BpfAttachType[] OfManyFunctions = [BpfAttachType.TraceFentryMulti, BpfAttachType.TraceFexitMulti, BpfAttachType.TraceFsessionMulti];

    /// <summary>
    /// Attaches a program to all functions of the kernel whose names are of a form and that trampolines can be put on (<c>BPF_LINK_CREATE</c> with <c>BPF_TRACE_FENTRY_MULTI</c>,
    /// <c>BPF_TRACE_FEXIT_MULTI</c> or <c>BPF_TRACE_FSESSION_MULTI</c>, Linux 7.2 on x86-64).
    /// </summary>
    /// <remarks>
    /// Which functions there are is found in tracefs, which has to be mounted, and in the kernel's types; those whose arguments or result no trampoline can pass on are left out, and so are functions of modules.
    /// </remarks>
    /// <param name="program">The program, loaded from a section <c>fentry.multi</c>, <c>fexit.multi</c> or <c>fsession.multi</c>.</param>
    /// <param name="pattern">The form: <c>*</c> stands for any characters, <c>?</c> for one; without either, the function of that name.</param>
    /// <param name="options">How.</param>
    /// <returns>The link; disposing it detaches the program from all.</returns>
    /// <exception cref="ArgumentException">The program was not loaded for this.</exception>
    /// <exception cref="BpfRelocationException">No function is of that form.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused: the message says why, and what to do.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel cannot do so on this processor, tracefs is not mounted, or the kernel does not give its types.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static TracingMultiLink AttachTracingMulti(this BpfProgram program, string pattern, TracingMultiOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        Require(program);
        if (!Glob.IsPattern(pattern))
        {
            return AttachTracingMulti(program, [pattern], options);
        }

        BtfSpec types = KernelBtf.OpenRunning().Vmlinux;
        Function[] functions = [.. TraceableFunctions.Find(pattern, $"Attaching {program} to '{pattern}'").Kernel.Select(name => Find(types, name)).OfType<Function>().Where(function => CanPassOn(types, function.Id))];
        return functions.Length == 0 ? throw MultiProbeErrors.NothingMatches(pattern, "the kernel", []) : Attach(program, functions, options);
    }

    /// <summary>Attaches a program to some functions of the kernel; see <see cref="AttachTracingMulti(BpfProgram, string, TracingMultiOptions?)"/>. It needs no tracefs.</summary>
    /// <param name="program">The program, loaded from a section <c>fentry.multi</c>, <c>fexit.multi</c> or <c>fsession.multi</c>.</param>
    /// <param name="functions">The functions; each is taken once.</param>
    /// <param name="options">How.</param>
    /// <returns>The link; disposing it detaches the program from all.</returns>
    /// <exception cref="ArgumentException">The program was not loaded for this, or there are no functions.</exception>
    /// <exception cref="BpfRelocationException">The kernel has no function of a name: the message names the nearest.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused, as one of them cannot be traced.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel cannot do so on this processor, or does not give its types.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static TracingMultiLink AttachTracingMulti(this BpfProgram program, IEnumerable<string> functions, TracingMultiOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(functions);
        Require(program);
        BtfSpec types = KernelBtf.OpenRunning().Vmlinux;
        return Attach(program, [.. functions.Distinct(StringComparer.Ordinal).Select(name => Find(types, name) ?? throw new BpfRelocationException(
            name, $"the kernel has no function that can be traced of this name{KernelNames.Suggest(name, KernelNames.Find(types, BtfKind.Function, ""))}", program.Name))], options);
    }

    /// <summary>Attaches a program to some functions of the kernel by their ids; see <see cref="AttachTracingMulti(BpfProgram, string, TracingMultiOptions?)"/>. It needs no tracefs.</summary>
    /// <param name="program">The program, loaded from a section <c>fentry.multi</c>, <c>fexit.multi</c> or <c>fsession.multi</c>.</param>
    /// <param name="functions">The ids of the functions in <see cref="KernelBtf.Vmlinux"/> of the running kernel; each is taken once.</param>
    /// <param name="options">How.</param>
    /// <returns>The link; disposing it detaches the program from all.</returns>
    /// <exception cref="ArgumentException">The program was not loaded for this, there are no functions, or an id is none of a function.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused, as one of them cannot be traced.</exception>
    /// <exception cref="BpfNotSupportedException">The kernel cannot do so on this processor, or does not give its types.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public static TracingMultiLink AttachTracingMulti(this BpfProgram program, IEnumerable<BtfTypeId> functions, TracingMultiOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(functions);
        Require(program);
        BtfSpec types = KernelBtf.OpenRunning().Vmlinux;
        return Attach(program, [.. functions.Distinct().Select(id => id.Value < types.TypeCount && types[id] is BtfFunction function ? new Function(function.Name, id)
            : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The kernel's type {id.Value} is no function."), nameof(functions)))], options);
    }

    private static TracingMultiLink Attach(BpfProgram program, Function[] functions, TracingMultiOptions? options)
    {
        if (functions.Length == 0)
        {
            throw new ArgumentException("There are no functions to attach to.", nameof(functions));
        }

        string[] names = [.. functions.Select(function => function.Name)];
        ulong[]? cookies = options?.Cookie is { } cookie ? [.. names.Select(cookie)] : null;
        BpfErrno error = BpfErrno.EINVAL;
        foreach (BpfAttachType type in TypesOf(program))
        {
            BpfErrno answer = MultiProbeRequests.CreateTracing(program.Handle, type, [.. functions.Select(function => function.Id.Value)], cookies, out BpfHandle? link);
            if (link is not null)
            {
                return new TracingMultiLink(program, link, names);
            }

            error = error == BpfErrno.EINVAL ? answer : error;
        }

        throw MultiProbeErrors.Tracing(program, names, error);
    }

    private static void Require(BpfProgram program) =>
        TracingAttacher.Require(program, BpfProgramType.Tracing, OfManyFunctions, "programs of the sections fentry.multi, fexit.multi and fsession.multi", "");

    /// <summary>Of a program that was opened by pin or id nobody says what it was loaded for.</summary>
    private static BpfAttachType[] TypesOf(BpfProgram program) => program.ExpectedAttachType == default ? OfManyFunctions : [program.ExpectedAttachType];

    private static Function? Find(BtfSpec types, string name)
    {
        var ids = new List<BtfTypeId>();
        types.FindOwnIds(System.Text.Encoding.UTF8.GetBytes(name), BtfKind.Function.ToSet(), ids);
        return ids.Count == 0 ? null : new Function(name, ids[0]);
    }

    /// <summary>Whether a trampoline can: up to 12 arguments, each in up to two registers, and a result in one.</summary>
    private static bool CanPassOn(BtfSpec types, BtfTypeId function)
    {
        const int MostArguments = 12;
        const int LargestArgument = 16;
        return types[function] is BtfFunction { Prototype: var id } && types[id] is BtfFunctionPrototype { IsVariadic: false } prototype && prototype.Parameters.Length <= MostArguments
            && types[types.SkipModifiers(prototype.ReturnType)] is not BtfComposite && prototype.Parameters.All(parameter => types.TrySizeOf(parameter.Type, out uint size) && size <= LargestArgument);
    }

    private sealed record Function(string Name, BtfTypeId Id);
}

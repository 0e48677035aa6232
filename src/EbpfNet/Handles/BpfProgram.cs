using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A program in the kernel: verified, and ready to be attached.</summary>
/// <remarks>
/// Stands for a program file descriptor. Disposing closes it; the program itself lives on while it is attached, pinned or used by a map.
/// The <c>Attach…</c> methods for each hook are extension methods. Members may be called from several threads.
/// </remarks>
public sealed class BpfProgram : IDisposable
{
    private BpfProgram(BpfHandle handle, string name, BpfProgramType type, BpfAttachType expectedAttachType, string? sectionName, uint id)
    {
        Handle = handle;
        handle.Owner = this;
        Name = name;
        Type = type;
        ExpectedAttachType = expectedAttachType;
        SectionName = sectionName;
        Id = id;
    }

    /// <summary>
    /// The program's name: the C function's, which may be longer than the 15 characters that the kernel keeps. Of a program opened by id or pin those 15, where it has no types, or this process may
    /// not read them (CAP_SYS_ADMIN).
    /// </summary>
    public string Name { get; }

    /// <summary>The kind of program.</summary>
    public BpfProgramType Type { get; }

    /// <summary>What it was loaded to be attached to; <see cref="BpfAttachType.CgroupInetIngress"/>, which is zero, where the kind does not need one, and of a program that was opened: the kernel does not tell.</summary>
    public BpfAttachType ExpectedAttachType { get; }

    /// <summary>The ELF section that it came from, for example <c>xdp</c>; <see langword="null"/> for a program opened by id or pin.</summary>
    public string? SectionName { get; }

    /// <summary>The program's id on this machine; 0 on kernels before 4.13, which have no ids.</summary>
    public uint Id { get; }

    /// <summary>What the verifier said when this process loaded the program, if it was asked to (<c>BpfLoadOptions.VerifierLogLevel</c>); else <see langword="null"/>.</summary>
    public string? VerifierLog { get; internal set; }

    internal BpfHandle Handle { get; }

    /// <summary>What it is for, as its section's name says it, or what was set instead before it was loaded.</summary>
    internal string? AttachTarget { get; set; }

    /// <summary>What has to stay alive while the program is attached: the object that it came from.</summary>
    internal object? Owner { get; set; }

    /// <summary>Opens the program that is pinned at a path of the BPF file system (<c>BPF_OBJ_GET</c>; Linux 4.4).</summary>
    /// <param name="path">The pin's path.</param>
    /// <exception cref="BpfSyscallException">There is no such pin, or this process may not open it.</exception>
    /// <exception cref="BpfNotSupportedException">What is pinned there is no program.</exception>
    public static BpfProgram OpenPinned(string path)
    {
        BpfHandle handle = KernelObjects.OpenPin(path, "program");
        try
        {
            ObjectKind.Require(handle, ObjectKind.Program, path);
            return FromHandle(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Opens a program by its id (<c>BPF_PROG_GET_FD_BY_ID</c>; Linux 4.13, CAP_SYS_ADMIN).</summary>
    /// <param name="id">The id, as <see cref="Id"/> or <see cref="GetIds"/> tells it.</param>
    /// <exception cref="BpfSyscallException">There is no such program, or this process may not open it.</exception>
    public static BpfProgram OpenById(uint id) => Own(KernelObjects.OpenById(BpfCommand.ProgGetFdById, id, "the program"));

    /// <summary>The ids of all programs on this machine (<c>BPF_PROG_GET_NEXT_ID</c>; Linux 4.13, CAP_SYS_ADMIN).</summary>
    /// <exception cref="BpfSyscallException">This process may not list them.</exception>
    public static IReadOnlyList<uint> GetIds() => KernelObjects.GetIds(BpfCommand.ProgGetNextId, "programs");

    /// <summary>Opens all programs of this machine, one after another, in the order of their ids (Linux 4.13, CAP_SYS_ADMIN). Those that vanish meanwhile are passed over.</summary>
    /// <returns>The programs. Each is for the caller to dispose.</returns>
    /// <exception cref="BpfSyscallException">This process may not open them; thrown by the enumeration.</exception>
    public static IEnumerable<BpfProgram> OpenAll() =>
        KernelObjects.OpenAll(BpfCommand.ProgGetNextId, BpfCommand.ProgGetFdById, "programs").Select(found => Own(found.Handle));

    /// <summary>Pins the program at a path of the BPF file system, so that it outlives this process (<c>BPF_OBJ_PIN</c>; Linux 4.4).</summary>
    /// <param name="path">Where; its folder has to exist. The kernel allows no '.' in the name.</param>
    /// <exception cref="BpfSyscallException">The path is taken, is not on a BPF file system, or may not be written.</exception>
    public void Pin(string path) => KernelObjects.Pin(Handle, path, ToString());

    /// <summary>A second descriptor of the same program, with a life of its own: for one who disposes what he got.</summary>
    /// <returns>The program; it is to be disposed, too.</returns>
    /// <exception cref="BpfSyscallException">This process has too many descriptors.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public BpfProgram Duplicate() => new(Handle.Duplicate(ToString()), Name, Type, ExpectedAttachType, SectionName, Id) { Owner = Owner, VerifierLog = VerifierLog, AttachTarget = AttachTarget };

    /// <summary>What the kernel tells about the program at this moment (<c>BPF_OBJ_GET_INFO_BY_FD</c>).</summary>
    /// <exception cref="BpfSyscallException">The kernel does not tell (before Linux 4.13).</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public BpfProgramInfo GetInfo() => ProgramInformation.Read(this);

    /// <summary>How often the program has run, and how long it took, as long as the kernel counted: see <see cref="BpfStats"/> (Linux 5.1).</summary>
    /// <exception cref="BpfSyscallException">The kernel does not tell (before Linux 4.13).</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public BpfProgramStats GetStats() => ProgramInformation.ReadStats(this);

    /// <summary>
    /// The instructions as the verifier left them (<c>xlated_prog_insns</c>; Linux 4.13), as text: function by function, with the names of maps, helpers, kernel functions and subprograms, and with the lines of the source
    /// where the object brought them.
    /// </summary>
    /// <param name="withSource">Whether lines of the source go before the instructions that they became.</param>
    /// <returns>Lines that each end with a line feed.</returns>
    /// <remarks>Names of kernel functions come from <c>/proc/kallsyms</c>, names of maps from the maps (CAP_SYS_ADMIN); what may not be seen has a number in place of its name.</remarks>
    /// <exception cref="BpfNotSupportedException">The kernel does not show the instructions to this process.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public string DumpXlated(bool withSource = true) => XlatedDump.Write(ProgramCode.Read(this), withSource);

    /// <summary>
    /// The machine code that the instructions were compiled to (<c>jited_prog_insns</c>; Linux 4.13), as hexadecimal text: function by function with its address and length, and with the lines of the source where the
    /// object brought them. It is not disassembled.
    /// </summary>
    /// <param name="withSource">Whether lines of the source go before the code that they became.</param>
    /// <returns>Lines that each end with a line feed; bytes have their distance from the function's start before them, in hexadecimal.</returns>
    /// <exception cref="BpfNotSupportedException">The program is not compiled but interpreted, or the kernel does not show the code to this process.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    /// <exception cref="ObjectDisposedException">The program was disposed.</exception>
    public string DumpJited(bool withSource = true) => JitedDump.Write(ProgramCode.Read(this), withSource);

    /// <summary>
    /// Runs the program once or many times on given input, without attaching it (<c>BPF_PROG_TEST_RUN</c>; Linux 4.12 for
    /// XDP and tc, later for other kinds).
    /// </summary>
    /// <param name="run">The input, and the room for the output.</param>
    /// <returns>What the program returned, how long a run took, and how much output there is.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused: this kind of program cannot be run so, or the input is too short for it.</exception>
    public BpfTestRunResult TestRun(in BpfTestRun run) => ProgramTestRun.Invoke(this, run);

    /// <summary>The same with a context that is a struct.</summary>
    /// <typeparam name="TContext">
    /// <see cref="XdpMd"/> for XDP; <see cref="SkBuffContext"/> for tc, socket filters and other programs about packets; for raw tracepoints a struct of the arguments, 8 bytes each (an array of them can be given as
    /// <see cref="BpfTestRun.Context"/>); for syscall programs whatever struct they take; else the kind's own, such as <c>struct bpf_sk_lookup</c>.
    /// </typeparam>
    /// <param name="run">The other input, and the room for the packet; its contexts are not looked at.</param>
    /// <param name="context">The context, and afterwards what the program left of it. Raw tracepoints, netfilter and live frames leave it as it was.</param>
    /// <returns>What the program returned, how long a run took, and how much output there is.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused: this kind of program cannot be run so, the context has fields set that the kernel does not take in, or the input is too short.</exception>
    public BpfTestRunResult TestRun<TContext>(in BpfTestRun run, ref TContext context)
        where TContext : unmanaged => ProgramTestRun.Invoke(this, run, ref context);

    /// <summary>Closes this descriptor. The program stays while it is attached or pinned. Calling it again does nothing.</summary>
    public void Dispose() => Handle.Dispose();

    /// <summary>The program as messages call it.</summary>
    public override string ToString() => $"program '{Name}'";

    /// <summary>Wraps a program that was just loaded.</summary>
    internal static BpfProgram FromLoaded(BpfHandle handle, string name, BpfProgramType type, BpfAttachType expectedAttachType, string? sectionName)
    {
        var info = new ProgramInfoData();
        _ = KernelObjects.TryGetInfo(handle, ref info); // An old kernel has no ids to tell.
        return new BpfProgram(handle, name, type, expectedAttachType, sectionName, info.Id);
    }

    /// <summary>Wraps a descriptor, or closes it where that fails.</summary>
    private static BpfProgram Own(BpfHandle handle)
    {
        try
        {
            return FromHandle(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static BpfProgram FromHandle(BpfHandle handle)
    {
        ProgramInfoData info = KernelObjects.GetInfo<ProgramInfoData>(handle, "a program");
        return new BpfProgram(handle, ProgramFunctionName.Read(handle, info), info.Type, default, sectionName: null, info.Id);
    }
}

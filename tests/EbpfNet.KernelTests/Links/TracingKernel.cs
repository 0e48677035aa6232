using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Loading;

namespace EbpfNet.KernelTests.Links;

/// <summary>The programs of <c>tests/bpf/tracing.bpf.c</c>, and what they watch this process do.</summary>
internal sealed partial class TracingKernel : IDisposable
{
    private readonly BpfObject _loaded;

    private TracingKernel(BpfObject loaded, string program)
    {
        _loaded = loaded;
        Program = loaded.Programs[program];
    }

    public BpfProgram Program { get; }

    public ulong Seen => _loaded.GetVariable<ulong>("seen").Value;

    public ulong Cookie => _loaded.GetVariable<ulong>("cookie").Value;

    /// <summary>The bits of all cookies.</summary>
    public ulong Cookies => _loaded.GetVariable<ulong>("cookies").Value;

    /// <summary>Loads one; skips the test where the kernel loads none of its kind.</summary>
    public static TracingKernel Load(string program, Action<BpfProgramSpec>? edit = null)
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("tracing", program);
        spec.Variables["watched"].SetValue((uint)Environment.ProcessId);
        edit?.Invoke(spec.Programs[program]);
        return new TracingKernel(LoadOrSkip(spec), program);
    }

    /// <summary>Loads an object of programs that rewrite the kernel's code; skips the test where the kernel refuses all of them, as in lockdown.</summary>
    public static BpfObject LoadOrSkip(BpfObjectSpec spec)
    {
        try
        {
            return BpfObject.Load(spec);
        }
        catch (BpfException e) when (e is BpfSyscallException { Error: BpfErrno.EPERM or BpfErrno.EINVAL } or BpfVerifierException or BpfNotSupportedException { SinceKernel: { Major: 7, Minor: 2 } })
        {
            throw Lack.Of(IsOffered(spec.Programs.Single(program => program.AutoLoad)), e);
        }
    }

    /// <summary>Skips the test where security hooks ask no programs.</summary>
    public static void RequireSecurityHooks() =>
        Skip.IfNot(File.Exists("/sys/kernel/security/lsm") && File.ReadAllText("/sys/kernel/security/lsm").Split(',').Contains("bpf"), "this kernel was not started with bpf among its security modules (lsm=…,bpf)");

    /// <summary>Skips the test where no programs are attached to functions, as in lockdown.</summary>
    public static void RequireEntries() => Skip.IfNot(AttachProbes.Entries.IsPresent, "this kernel attaches no programs to functions");

    /// <summary>Whether the smallest program of its kind can be attached, and reads its cookie if this one does.</summary>
    private static bool IsOffered(BpfProgramSpec program) => (!program.Name.EndsWith("_cookie", StringComparison.Ordinal) || KernelFeatures.HasHelper(program.Type, BpfHelper.GetAttachCookie).IsPresent)
        && (program.Type == BpfProgramType.Ext ? AttachProbes.Entries.IsPresent
            : program.ExpectedAttachType is BpfAttachType.TraceFsession or BpfAttachType.TraceFentryMulti or BpfAttachType.TraceFexitMulti or BpfAttachType.TraceFsessionMulti
                ? KernelFeatures.HasAttachType(program.ExpectedAttachType).IsPresent
            : AttachProbes.For(program)?.IsPresent ?? true);

    /// <summary>Waits until a link that has lost its last pin is gone: the kernel frees the pin a moment later.</summary>
    public static void WaitForEnd(uint link) => Assert.True(SpinWait.SpinUntil(() => !BpfLink.GetIds().Contains(link), TimeSpan.FromSeconds(20)));

    /// <summary>Renames this thread to what it is called.</summary>
    public static void Rename() => File.WriteAllText("/proc/thread-self/comm", File.ReadAllText("/proc/thread-self/comm").TrimEnd('\n'));

    /// <summary>Sets this thread's priority to what it is; the error is the kernel's.</summary>
    public static BpfErrno SetPriority() => SetPriority(0, 0, GetPriority(0, 0)) == 0 ? BpfErrno.None : (BpfErrno)Marshal.GetLastPInvokeError();

    /// <summary>Has the kernel call its functions that are there for tests.</summary>
    public uint CallTestFunctions() => Program.TestRun(default).ReturnValue;

    public void Dispose() => _loaded.Dispose();

    [LibraryImport("libc", EntryPoint = "getpriority")]
    private static partial int GetPriority(int which, uint who);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    private static partial int SetPriority(int which, uint who, int priority);
}

using System.Runtime.InteropServices;

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
        catch (BpfSyscallException e) when (e.Error is BpfErrno.EPERM or BpfErrno.EINVAL)
        {
            throw new SkipException(e.Message);
        }
        catch (BpfVerifierException e) when (e.Message.Contains("this kernel does not have bpf_get_attach_cookie", StringComparison.Ordinal) || e.Message.Contains("is not modifiable", StringComparison.Ordinal))
        {
            throw new SkipException(e.Message); // Cookies came with Linux 5.15; what may be modified depends on the kernel's configuration.
        }
    }

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

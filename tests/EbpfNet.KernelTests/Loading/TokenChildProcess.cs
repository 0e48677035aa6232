using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.KernelTests.Loading;

/// <summary>
/// A process in a user namespace of its own, with a BPF file system that was delegated to it: this assembly started once more, with a variable that says so. It loads objects with the
/// file system's token, and without.
/// </summary>
internal static unsafe partial class TokenChildProcess
{
    private const string Variable = "EBPFNET_TEST_TOKEN";

    // New system calls have one number on all processors.
    private const nint MoveMount = 429;
    private const nint FsOpen = 430;
    private const nint FsConfig = 431;
    private const nint FsMount = 432;
    private const nint PidFdOpen = 434;
    private const nint PidFdGetFd = 438;

    private const nint SetString = 1; // FSCONFIG_SET_STRING
    private const nint Create = 6; // FSCONFIG_CMD_CREATE
    private const nint EmptySourcePath = 4; // MOVE_MOUNT_F_EMPTY_PATH
    private const nint Here = -100; // AT_FDCWD

    /// <summary>Runs it in a mount of that folder, and returns what it printed.</summary>
    /// <param name="folder">An empty folder, where it mounts its file system.</param>
    /// <param name="delegated">What is delegated, as mount options: <c>delegate_cmds=any</c>.</param>
    /// <param name="useVariable">Whether the child finds the token by libbpf's environment variable, instead of by option.</param>
    public static string[] Run(string folder, IReadOnlyDictionary<string, string> delegated, bool useVariable)
    {
        string dotnet = Path.GetFileName(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        var start = new ProcessStartInfo("unshare", ["--user", "--map-root-user", "--mount", dotnet, "exec", typeof(TokenChildProcess).Assembly.Location])
        {
            Environment = { [Variable] = folder },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        if (useVariable)
        {
            start.Environment["LIBBPF_BPF_TOKEN_PATH"] = folder;
        }

        using Process child = Process.Start(start)!;
        string? said = child.StandardOutput.ReadLine();
        Skip.If(said is null, "user namespaces cannot be made here");
        Delegate(child.Id, int.Parse(said, CultureInfo.InvariantCulture), delegated);
        child.StandardInput.WriteLine();
        string[] lines = child.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        child.WaitForExit();
        return lines;
    }

    /// <summary>Makes the file system that the child has opened: only a privileged process may give it rights.</summary>
    private static void Delegate(int process, int childs, IReadOnlyDictionary<string, string> delegated)
    {
        nint pid = Require(Call(PidFdOpen, process, 0, 0, 0, 0), "pidfd_open");
        nint context = Require(Call(PidFdGetFd, pid, childs, 0, 0, 0), "pidfd_getfd");
        foreach ((string name, string value) in delegated)
        {
            nint key = Marshal.StringToCoTaskMemUTF8(name);
            nint text = Marshal.StringToCoTaskMemUTF8(value);
            Require(Call(FsConfig, context, SetString, key, text, 0), $"fsconfig {name}");
            Marshal.FreeCoTaskMem(key);
            Marshal.FreeCoTaskMem(text);
        }

        Require(Call(FsConfig, context, Create, 0, 0, 0), "fsconfig");
        _ = Close((int)context);
        _ = Close((int)pid);
    }

    /// <summary>Runs before anything else in this assembly; elsewhere than in the child it does nothing.</summary>
    [ModuleInitializer]
    internal static void Run()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } folder)
        {
            return;
        }

        nint type = Marshal.StringToCoTaskMemUTF8("bpf");
        nint context = Require(Call(FsOpen, type, 0, 0, 0, 0), "fsopen");
        Console.WriteLine(context);
        Console.ReadLine(); // Its parent makes the file system meanwhile.
        nint mount = Require(Call(FsMount, context, 0, 0, 0, 0), "fsmount");
        nint empty = Marshal.StringToCoTaskMemUTF8("");
        nint path = Marshal.StringToCoTaskMemUTF8(folder);
        Require(Call(MoveMount, mount, empty, Here, path, EmptySourcePath), "move_mount");

        bool byVariable = Environment.GetEnvironmentVariable("LIBBPF_BPF_TOKEN_PATH") is not null;
        Try("with", byVariable ? null : folder);
        Try("without", "");
        Environment.Exit(0);
    }

    private static void Try(string how, string? token)
    {
        try
        {
            using BpfObject loaded = BpfObject.Load(TestObjects.Read("globals"), new BpfLoadOptions { TokenPath = token });
            uint result = loaded.Programs["return_ro_u32"].TestRun(new BpfTestRun(new byte[64])).ReturnValue;
            Console.WriteLine($"{how}: {result}, types {(Kernel.KernelObjects.GetInfo<Kernel.ProgramInfoData>(loaded.Programs["return_ro_u32"].Handle, "").BtfId != 0)}, flags {loaded.Maps[".rodata"].Flags}");
        }
        catch (BpfException e)
        {
            Console.WriteLine($"{how}: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static nint Require(nint result, string what) =>
        result >= 0 ? result : throw new InvalidOperationException($"{what}: {(BpfErrno)Marshal.GetLastPInvokeError()}");

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Call(nint number, nint a, nint b, nint c, nint d, nint e);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);
}

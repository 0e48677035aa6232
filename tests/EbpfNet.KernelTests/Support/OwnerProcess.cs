using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace EbpfNet.KernelTests;

/// <summary>A process that attaches a program and never disposes the link: this assembly started once more, with a variable that says so. It ends by SIGKILL.</summary>
internal sealed class OwnerProcess : IDisposable
{
    private const string Variable = "EBPFNET_TEST_OWNER";
    private const string Attached = "attached";

    private readonly Process _process;
    private readonly BpfMap _variables;
    private readonly BpfVariable<ulong> _seen;

    private OwnerProcess(Process process, BpfVariableSpec seen, uint section)
    {
        _process = process;
        _variables = BpfMap.OpenById(section);
        _seen = new BpfVariable<ulong>(_variables, seen.Name, seen.Offset, seen.Size);
    }

    /// <summary>The ways to attach, by name; those that a section's name does not say.</summary>
    private static Dictionary<string, Func<BpfProgram, string, BpfLink>> Ways { get; } = new()
    {
        ["section"] = static (program, _) => program.Attach(),
        ["interface"] = static (program, name) => program.AttachSocketFilter(name),
        ["netns"] = static (program, name) => program.AttachNetns(name),
        ["cgroup"] = static (program, path) => program.AttachCgroup(path),
        ["cgroup without link"] = static (program, path) => program.AttachCgroup(path, new CgroupAttachOptions { Mode = CgroupAttachMode.Override }),
    };

    /// <summary>Starts one and waits until the program is attached. What the parent does is what its variable <c>watched</c> asks for.</summary>
    /// <param name="testObject">The object.</param>
    /// <param name="program">The program.</param>
    /// <param name="way">One of <see cref="Ways"/>.</param>
    /// <param name="argument">What the way takes.</param>
    public static OwnerProcess Start(string testObject, string program, string way = "section", string argument = "")
    {
        string dotnet = Path.GetFileName(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        Process process = Process.Start(new ProcessStartInfo(dotnet, ["exec", typeof(OwnerProcess).Assembly.Location])
        {
            Environment = { [Variable] = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}|{testObject}|{program}|{way}|{argument}") },
            RedirectStandardOutput = true,
        })!;
        string[] answer = (process.StandardOutput.ReadLine() ?? "").Split(' ');
        Assert.Equal(Attached, answer[0]);
        return new OwnerProcess(process, TestObjects.Read(testObject).Variables["seen"], uint.Parse(answer[1], CultureInfo.InvariantCulture));
    }

    /// <summary>What the program has seen of this process, in its variable <c>seen</c>.</summary>
    public ulong Seen => _seen.Value;

    /// <summary>What has to hold of every hook that ends with its owner: the program sees what happens while the process runs, and nothing once that was killed.</summary>
    /// <param name="happen">Makes the event happen.</param>
    public void SeesUntilItIsKilled(Action happen)
    {
        happen();
        Assert.NotEqual(0ul, Seen);
        Kill();

        // The kernel closes the descriptors of a process before that counts as ended, but some attachments go a moment later.
        Assert.True(SpinWait.SpinUntil(() => { ulong before = Seen; happen(); return Seen == before; }, TimeSpan.FromSeconds(10)), "The program still runs.");
    }

    /// <summary>Kills it, as nothing that runs in it can notice, and waits for its end.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
        _variables.Dispose();
    }

    /// <summary>Runs before anything else in this assembly; elsewhere than in the child it does nothing.</summary>
    [ModuleInitializer]
    internal static void Run()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split('|') is not { Length: 5 } order)
        {
            return;
        }

        BpfObjectSpec spec = TestObjects.ReadOnly(order[1], order[2]);
        spec.Variables["watched"].SetValue(uint.Parse(order[0], CultureInfo.InvariantCulture));
        BpfObject loaded = BpfObject.Load(spec);
        _ = Ways[order[3]](loaded.Programs[order[2]], order[4]);
        Console.WriteLine($"{Attached} {loaded.Maps[".bss"].Id}");
        Thread.Sleep(Timeout.Infinite);
    }
}

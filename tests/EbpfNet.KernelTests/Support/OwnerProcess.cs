using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace EbpfNet.KernelTests;

/// <summary>A process that attaches a program and never disposes the link: this assembly started once more, with a variable that says so. It ends by SIGKILL.</summary>
internal sealed class OwnerProcess : IDisposable
{
    private const string Variable = "EBPFNET_TEST_OWNER";
    private const string Attached = "attached";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly Order _order;
    private readonly Dictionary<string, BpfMap> _maps = [];
    private readonly uint[] _programs;
    private readonly uint[] _links;

    private OwnerProcess(Process process, Order order, string[] answer)
    {
        (_process, _order) = (process, order);
        _links = Numbers(answer[1]);
        _programs = Numbers(answer[2]);
        foreach (string[] map in answer[3].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(map => map.Split('=')))
        {
            _maps.Add(map[0], BpfMap.OpenById(uint.Parse(map[1], CultureInfo.InvariantCulture)));
        }
    }

    /// <summary>The ways to attach, by name; those that a section's name does not say.</summary>
    private static Dictionary<string, Func<BpfObject, Order, BpfLink>> Ways { get; } = new()
    {
        ["section"] = static (loaded, order) => loaded.Programs[order.Program].Attach(),
        ["interface"] = static (loaded, order) => loaded.Programs[order.Program].AttachSocketFilter(order.Argument),
        ["port"] = static (loaded, order) => loaded.Programs[order.Program].AttachReusePort(BoundTo(int.Parse(order.Argument, CultureInfo.InvariantCulture))),
        ["xdp"] = static (loaded, order) => loaded.Programs[order.Program].AttachXdp(order.Argument, XdpMode.Generic),
        ["tcx"] = static (loaded, order) => loaded.Programs[order.Program].AttachTc(order.Argument, TcDirection.Ingress, new TcAttachOptions { Mechanism = TcMechanism.Tcx }),
        ["netkit"] = static (loaded, order) => loaded.Programs[order.Program].AttachNetkit(order.Argument, NetkitSide.Primary),
        ["netfilter"] = static (loaded, order) => loaded.Programs[order.Program].AttachNetfilter(new NetfilterAttachOptions { Hook = Enum.Parse<NetfilterHook>(order.Argument) }),
        ["netns"] = static (loaded, order) => loaded.Programs[order.Program].AttachNetns(order.Argument),
        ["map"] = static (loaded, order) => loaded.Programs[order.Program].AttachSockMap(BpfMap.OpenById(uint.Parse(order.Argument, CultureInfo.InvariantCulture))),
        ["cgroup"] = static (loaded, order) => loaded.Programs[order.Program].AttachCgroup(order.Argument),
        ["cgroup without link"] = static (loaded, order) => loaded.Programs[order.Program].AttachCgroup(order.Argument, new CgroupAttachOptions { Mode = CgroupAttachMode.Override }),
        ["replacement"] = static (loaded, order) => loaded.Programs[order.Program].AttachReplacement(),
        ["kprobe"] = static (loaded, order) => loaded.Programs[order.Program].AttachKprobe(order.Argument),
        ["kprobes"] = static (loaded, order) => loaded.Programs[order.Program].AttachKprobeMulti([order.Argument]),
        ["uprobe"] = static (loaded, order) => loaded.Programs[order.Program].AttachUprobe(order.Argument, "first_step"),
        ["uprobes"] = static (loaded, order) => loaded.Programs[order.Program].AttachUprobeMulti(order.Argument, "*_step"),
        ["usdt"] = static (loaded, order) => loaded.Programs[order.Program].AttachUsdt(order.Argument, "probed", "passed", new UsdtOptions { ProcessId = order.Watched }),
        ["samples"] = static (loaded, _) => loaded.Programs["on_sample"].AttachPerfEvent(new PerfEventOptions(BpfPerfCounter.CpuClock) { Frequency = 1000 }),
        ["struct"] = static (loaded, order) => loaded.GetStructOps(order.Argument).AttachStructOps(),
    };

    /// <summary>Starts one and waits until the program is attached.</summary>
    /// <param name="order">What it does. Who is watched, unless the order says so: this process.</param>
    /// <param name="start">Starts a process; in this process's network namespace, when not set.</param>
    public static OwnerProcess Start(Order order, Func<ProcessStartInfo, Process>? start = null)
    {
        order = order.Watched == 0 ? order with { Watched = Environment.ProcessId } : order;
        string dotnet = Path.GetFileName(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";
        var info = new ProcessStartInfo(dotnet, ["exec", typeof(OwnerProcess).Assembly.Location])
        {
            Environment = { [Variable] = string.Create(CultureInfo.InvariantCulture, $"{order.Object}|{order.Program}|{order.Way}|{order.Argument}|{order.Watched}") },
            RedirectStandardOutput = true,
        };
        Process process = start is null ? Process.Start(info)! : start(info);
        string[] answer = (process.StandardOutput.ReadLine() ?? "").Split('|');
        if (answer is [Attached, _, _, _])
        {
            return new OwnerProcess(process, order, answer);
        }

        process.Kill();
        process.WaitForExit();
        process.Dispose();
        throw new InvalidOperationException($"The process did not attach {order}: see what it wrote.");
    }

    /// <summary>The ids of its kernel links.</summary>
    public IReadOnlyList<uint> Links => _links;

    /// <summary>Whether the program sees something: whether one of its variables goes up.</summary>
    /// <param name="variable">The variable's name.</param>
    /// <param name="happen">Makes it happen.</param>
    public bool Sees(string variable, Action happen)
    {
        ulong before = Read(variable);
        happen();
        return Read(variable) > before;
    }

    /// <summary>Sets a variable of the program.</summary>
    public void Set(string variable, uint value) => Of<uint>(TestObjects.Read(_order.Object).Variables[variable]).Value = value;

    /// <summary>A map of its object.</summary>
    public BpfMap Map(string name) => _maps[name];

    /// <summary>
    /// What has to hold of every hook that ends with its owner: the program sees what happens while the process runs, and nothing once that was killed; the kernel has neither the link nor the program any more.
    /// </summary>
    /// <param name="isSeen">Makes the event happen, and tells whether it was seen.</param>
    public void SeesUntilItIsKilled(Func<bool> isSeen)
    {
        Assert.True(isSeen(), $"The program of {_order} has seen nothing.");
        Assert.Empty(_links.Except(BpfLink.GetIds()));
        Kill();

        // The kernel closes the descriptors of a process before that counts as ended, but some attachments go a moment later.
        Assert.True(SpinWait.SpinUntil(() => !isSeen(), Patience), $"The program of {_order} still runs.");
        Assert.True(SpinWait.SpinUntil(() => !_links.Intersect(BpfLink.GetIds()).Any(), Patience), $"The link of {_order} is still there.");
        Assert.True(SpinWait.SpinUntil(() => !_programs.Intersect(BpfProgram.GetIds()).Any(), Patience), $"The program of {_order} is still loaded.");
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
        foreach (BpfMap map in _maps.Values)
        {
            map.Dispose();
        }
    }

    /// <summary>Runs before anything else in this assembly; elsewhere than in the child it does nothing.</summary>
    [ModuleInitializer]
    internal static void Run()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split('|') is not { Length: 5 } said)
        {
            return;
        }

        var order = new Order(said[0], said[1], said[2], said[3]) { Watched = int.Parse(said[4], CultureInfo.InvariantCulture) };
        BpfObjectSpec spec = order.Program.Length == 0 ? TestObjects.Read(order.Object) : TestObjects.ReadOnly(order.Object, order.Program);
        foreach (BpfVariableSpec watched in spec.Variables.Where(variable => variable.Name is "watched" or "process"))
        {
            watched.SetValue((uint)order.Watched);
        }

        if (order.Way == "replacement")
        {
            spec.Programs[order.Program].SetTarget(BpfProgram.OpenById(uint.Parse(order.Argument, CultureInfo.InvariantCulture)));
        }

        BpfObject loaded = BpfObject.Load(spec);
        IEnumerable<string> maps = spec.Maps.Where(map => map.StructOps is null && loaded.Maps.TryGetValue(map.Name, out _)) // A map of functions holds programs.
            .Select(map => $"{map.Name}={loaded.Maps[map.Name].Id}");
        BpfLink link = Ways[order.Way](loaded, order);
        Console.WriteLine($"{Attached}|{link.Id}|{string.Join(',', loaded.Programs.Select(program => program.Id))}|{string.Join(',', maps)}");
        Thread.Sleep(Timeout.Infinite);
    }

    private static uint[] Numbers(string text) => [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(number => uint.Parse(number, CultureInfo.InvariantCulture)).Where(number => number != 0)];

    private static Socket BoundTo(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.SetRawSocketOption(1, 15, BitConverter.GetBytes(1)); // SO_REUSEPORT
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        return socket;
    }

    private ulong Read(string variable)
    {
        BpfVariableSpec spec = TestObjects.Read(_order.Object).Variables[variable];
        return spec.Size == sizeof(uint) ? Of<uint>(spec).Value : Of<ulong>(spec).Value;
    }

    private BpfVariable<T> Of<T>(BpfVariableSpec spec)
        where T : unmanaged => new(_maps[spec.Map.Name], spec.Name, spec.Offset, spec.Size);

    /// <summary>What such a process is to do.</summary>
    /// <param name="Object">The test object.</param>
    /// <param name="Program">Its only program that is loaded; empty for all.</param>
    /// <param name="Way">One of <see cref="Ways"/>.</param>
    /// <param name="Argument">What the way takes.</param>
    internal sealed record Order(string Object, string Program, string Way = "section", string Argument = "")
    {
        /// <summary>The process that the program watches; 0 for the one that starts it.</summary>
        public int Watched { get; init; }
    }
}

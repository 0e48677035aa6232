using EbpfNet.KernelTests.Links;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Maps of CPUs, and real packets that programs redirect to them.</summary>
public sealed class CpuMapTests : KernelTest
{
    private readonly BpfObject _loaded;

    public CpuMapTests() => _loaded = BpfObject.Load(TestObjects.Read("redirects"));

    public override void Dispose()
    {
        _loaded.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData(XdpMode.Native, 0)]
    [InlineData(XdpMode.Native, 1)]
    [InlineData(XdpMode.Generic, 0)]
    [InlineData(XdpMode.Generic, 1)]
    public void The_chosen_CPU_takes_the_packets_up_and_its_program_sees_them_first(XdpMode mode, int cpu)
    {
        using var hosts = new XdpHosts();
        BpfCpuMap cpus = _loaded.GetCpuMap("cpus");
        Assert.Equal(Kernel.PossibleCpus.Count, cpus.Length);
        Skip.If(cpu >= cpus.Length, "One CPU only.");
        using XdpLink link = XdpWire.AttachOrSkip(() => hosts.Attach(_loaded.Programs["to_cpu"], mode));
        Assert.True(hosts.Drops());
        _loaded.GetVariable<uint>("chosen").Value = (uint)cpu;
        cpus.Set(cpu, 64);
        Assert.True(hosts.Delivers());
        Assert.Equal(0ul, _loaded.GetVariable<ulong>("seen").Value);

        cpus.Set(cpu, 128, _loaded.Programs["arriving"]);
        Assert.True(hosts.Delivers());
        Assert.NotEqual(0ul, _loaded.GetVariable<ulong>("seen").Value);
        Assert.Equal((uint)cpu, _loaded.GetVariable<uint>("cpu_number").Value);
        Assert.Equal([KeyValuePair.Create(cpu, new BpfCpuTarget(128, _loaded.Programs["arriving"].Id))], cpus);
        _loaded.GetVariable<uint>("drops").Value = 1;
        Assert.True(hosts.Drops());
        Assert.True(cpus.Remove(cpu));
        Assert.False(cpus.Remove(cpu));
        Assert.True(hosts.Drops());
    }

    [SkippableFact]
    public void An_array_of_CPUs_does_what_an_array_does()
    {
        using var cpus = BpfCpuMap.Create("model_cpus");
        var model = new Dictionary<int, BpfCpuTarget>();
        Config fewRuns = Config.QuickThrowOnFailure.WithMaxTest(5).WithEndSize(10); // Each change starts or ends a thread of the kernel.
        Gen<(int Cpu, int Size)> operation = Gen.Choose(0, cpus.Length - 1).Zip(Gen.Choose(0, 3));
        Check.One(fewRuns, Prop.ForAll(operation.ArrayOf().ToArbitrary(), operations =>
        {
            foreach ((int cpu, int size) in operations)
            {
                if (size > 0)
                {
                    cpus.Set(cpu, size * 100);
                    model[cpu] = new BpfCpuTarget(size * 100, 0);
                }
                else
                {
                    Assert.Equal(model.Remove(cpu), cpus.Remove(cpu));
                }

                Assert.Equal(model.TryGetValue(cpu, out BpfCpuTarget expected), cpus.TryGetValue(cpu, out BpfCpuTarget found));
                Assert.Equal(expected, found);
            }

            Assert.Equal(model.OrderBy(pair => pair.Key), cpus);
            Assert.Equal(model.Count, cpus.Count);
        }));
        cpus.Clear();
        Assert.Empty(cpus);
    }

    [SkippableFact]
    public void What_does_not_suit_is_refused_with_the_reason()
    {
        BpfCpuMap cpus = _loaded.GetCpuMap("cpus");
        Assert.Throws<ArgumentOutOfRangeException>("queueSize", () => cpus.Set(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>("queueSize", () => cpus.Set(0, BpfCpuMap.MaximumQueueSize + 1));
        Assert.Throws<ArgumentOutOfRangeException>("cpu", () => cpus.Set(cpus.Length, 1));
        Assert.Contains("section 'xdp/cpumap'", Assert.Throws<ArgumentException>("program", () => cpus.Set(0, 1, _loaded.Programs["leaving"])).Message, StringComparison.Ordinal);
        Assert.Contains("use BpfCpuMap", Assert.Throws<ArgumentException>("map", () => new BpfXskMap(cpus.Map)).Message, StringComparison.Ordinal);
        using BpfProgram opened = BpfProgram.OpenById(_loaded.Programs["pass"].Id);
        Assert.Contains("is not one for such maps", Assert.Throws<BpfSyscallException>(() => cpus.Set(0, 1, opened)).Message, StringComparison.Ordinal);
        using var more = BpfCpuMap.Create("more_cpus", cpus.Length + 1);
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => more.Set(cpus.Length, 1));
        Assert.Equal(BpfErrno.ENODEV, e.Error);
        Assert.Contains("never has a CPU of that number", e.Message, StringComparison.Ordinal);
    }
}

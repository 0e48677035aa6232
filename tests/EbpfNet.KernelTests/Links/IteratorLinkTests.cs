using System.Globalization;
using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Links;

/// <summary>Iterators, read as streams, line by line and as files.</summary>
[Trait("OtherKernels", "")]
public sealed class IteratorLinkTests : KernelTest
{
    private static string OwnLine => string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {Environment.ProcessId}");

    [SkippableFact]
    public async Task Tasks_are_read_line_by_line_any_number_of_times()
    {
        using BpfObject loaded = Load("each_task");
        IteratorLink link;
        using (link = Assert.IsType<IteratorLink>(loaded.Programs["each_task"].Attach()))
        {
            Assert.Equal((BpfLinkType.Iter, "task", true), (link.Type, link.TargetName, link.IsAttached));
            Assert.Contains(OwnLine, link.ReadLines());
            Assert.Contains(OwnLine, link.ReadLines());
            var lines = new List<string>();
            await foreach (string line in link.ReadLinesAsync())
            {
                lines.Add(line);
            }

            Assert.Contains(OwnLine, lines);
            using Stream first = link.OpenRead();
            using Stream second = link.OpenRead();
            Assert.InRange(first.ReadByte(), '0', '9');
            Assert.InRange(second.ReadByte(), '0', '9');
        }

        Assert.False(link.IsAttached);
        Assert.Throws<ObjectDisposedException>(link.OpenRead);
    }

    [SkippableFact]
    public void A_pin_is_a_file_to_read()
    {
        using var pins = new BpfFileSystem();
        using BpfObject loaded = Load("each_task");
        using (IteratorLink link = loaded.Programs["each_task"].AttachIterator())
        {
            link.Pin(pins["tasks"]);
        }

        Assert.Contains(OwnLine, File.ReadLines(pins["tasks"]));
        using IteratorLink again = IteratorLink.OpenPinned(pins["tasks"]);
        using IteratorLink same = IteratorLink.OpenById(again.Id);
        Assert.Equal(("task", loaded.Programs["each_task"].Id), (same.TargetName, again.Program.Id));
        Assert.Contains(OwnLine, same.ReadLines());
        again.Unpin();
    }

    [SkippableFact]
    public void Another_program_takes_the_place_of_the_attached_one()
    {
        using BpfObject loaded = Load("each_task", "each_first_thread");
        using IteratorLink link = loaded.Programs["each_task"].AttachIterator();

        link.Update(loaded.Programs["each_first_thread"], expected: loaded.Programs["each_task"]);

        Assert.Contains(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), link.ReadLines());
        Assert.DoesNotContain(OwnLine, link.ReadLines());
    }

    [SkippableFact]
    public void Elements_of_a_map_are_read()
    {
        using BpfObject loaded = Load("each_pair");
        BpfHashMap<uint, ulong> pairs = loaded.GetHashMap<uint, ulong>("pairs");
        pairs.Set(1, 11);
        pairs.Set(2, 22);
        BpfProgram program = loaded.Programs["each_pair"];

        Assert.Contains("call AttachIterator(options)", Assert.Throws<InvalidOperationException>(program.Attach).Message, StringComparison.Ordinal);
        Assert.Contains("IteratorOptions.Map", Assert.Throws<BpfSyscallException>(() => program.AttachIterator()).Message, StringComparison.Ordinal);
        using IteratorLink link = program.AttachIterator(new IteratorOptions { Map = loaded.Maps["pairs"] });
        Assert.Equal(["1 11", "2 22"], link.ReadLines().Order(StringComparer.Ordinal));
        pairs.Remove(1);
        Assert.Equal(["2 22"], link.ReadLines());
    }

    [SkippableFact]
    public void The_tasks_of_one_process_and_one_thread_are_read()
    {
        using BpfObject loaded = Load("each_task");
        BpfProgram program = loaded.Programs["each_task"];
        using IteratorLink link = AttachOrSkip(program, new IteratorOptions { ProcessId = Environment.ProcessId });
        using BpfTask self = BpfTask.OpenProcess(Environment.ProcessId);
        using IteratorLink byHandle = program.AttachIterator(new IteratorOptions { Process = self });
        using IteratorLink thread = program.AttachIterator(new IteratorOptions { ThreadId = Environment.ProcessId });

        Assert.Equal([OwnLine], thread.ReadLines());
        foreach (IteratorLink own in new[] { link, byHandle })
        {
            Assert.Contains(OwnLine, own.ReadLines());
            Assert.All(own.ReadLines(), line => Assert.StartsWith(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} "), line, StringComparison.Ordinal));
        }
    }

    [SkippableFact]
    public void Control_groups_are_read_in_the_order_that_is_asked_for()
    {
        using BpfObject loaded = Load("each_group");
        using Cgroups.TemporaryCgroup parent = Cgroups.Create();
        using var child = new Cgroups.TemporaryCgroup(Path.Join(parent.Path, "child"));
        using BpfCgroup above = BpfCgroup.Open(parent.Path);
        using BpfCgroup below = BpfCgroup.Open(child.Path);
        string[] both = [above.Id.ToString(CultureInfo.InvariantCulture), below.Id.ToString(CultureInfo.InvariantCulture)];

        Assert.Equal([both[0]], Read(above, CgroupOrder.Self));
        Assert.Equal(both, Read(above, CgroupOrder.DescendantsFirstParent));
        Assert.Equal(both.Reverse(), Read(above, CgroupOrder.DescendantsFirstChild));
        Assert.Equal(both.Reverse(), Read(below, CgroupOrder.Ancestors).Take(2));

        string[] Read(BpfCgroup from, CgroupOrder order)
        {
            using IteratorLink link = AttachOrSkip(loaded.Programs["each_group"], new IteratorOptions { Cgroup = from, CgroupOrder = order });
            return [.. link.ReadLines()];
        }
    }

    [SkippableFact]
    public void Options_that_contradict_each_other_and_programs_of_other_types_are_refused()
    {
        using BpfObject loaded = Load("each_task");
        using BpfProgram xdp = XdpPrograms.Drop();

        Assert.Throws<ArgumentException>(() => loaded.Programs["each_task"].AttachIterator(new IteratorOptions { ThreadId = 1, ProcessId = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => loaded.Programs["each_task"].AttachIterator(new IteratorOptions { ThreadId = -1 }));
        Assert.Contains("is of type BPF_PROG_TYPE_XDP", Assert.Throws<ArgumentException>(() => xdp.AttachIterator()).Message, StringComparison.Ordinal);
        Assert.Contains("did you mean 'task'?", Assert.Throws<BpfRelocationException>(() =>
        {
            BpfObjectSpec spec = TestObjects.ReadOnly("iterators", "each_task");
            spec.Programs["each_task"].AttachTarget = "tasks";
            BpfObject.Load(spec).Dispose();
        }).Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("each_group")]
    [InlineData("each_pair")]
    [InlineData("each_mapped_socket")]
    public void One_that_has_to_be_told_what_it_goes_through_is_left_out_of_all(string program)
    {
        using BpfObject loaded = Load(program);

        Assert.Throws<BpfSyscallException>(() => loaded.Programs[program].AttachIterator());
        Assert.Contains("call AttachIterator(options)", Assert.Throws<InvalidOperationException>(loaded.Programs[program].Attach).Message, StringComparison.Ordinal);
        using BpfLinkCollection links = loaded.AttachAll();
        Assert.Empty(links);
    }

    private static BpfObject Load(params string[] programs)
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("iterators", programs);
        try
        {
            return BpfObject.Load(spec);
        }
        catch (BpfRelocationException e)
        {
            throw Lack.Of(KernelTypes.Has($"bpf_iter__{spec.Programs[programs[0]].AttachTarget}"), e);
        }
    }

    private static IteratorLink AttachOrSkip(BpfProgram program, IteratorOptions options)
    {
        try
        {
            return program.AttachIterator(options);
        }
        catch (BpfSyscallException e) when (e.Error is BpfErrno.EINVAL or BpfErrno.E2BIG)
        {
            throw Lack.Of(KernelTypes.HasMember("bpf_iter_link_info", options.Cgroup is null ? "task" : "cgroup"), e);
        }
    }
}

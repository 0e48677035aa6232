using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Arrays of control groups, seen by a program that asks whether the current task belongs to one.</summary>
public sealed class CgroupArrayTests : KernelTest
{
    private readonly BpfObject _loaded;
    private readonly string _child;

    public CgroupArrayTests()
    {
        _child = Path.Combine(Cgroups.Own(), $"ebpfnet-test-{Environment.ProcessId}");
        Directory.CreateDirectory(_child);
        _loaded = BpfObject.Load(TestObjects.ReadOnly("cgroup_perf", "ask"));
    }

    public override void Dispose()
    {
        _loaded.Dispose();
        if (Directory.Exists(_child))
        {
            Directory.Delete(_child);
        }

        base.Dispose();
    }

    [SkippableFact]
    public void A_program_finds_the_groups_where_user_space_has_put_them()
    {
        BpfCgroupArray groups = _loaded.GetCgroupArray("groups");
        string[] paths = [Cgroups.Own(), _child, Cgroups.Mount()]; // This process is in the first, and so under the last.
        Gen<(int Index, int Which)> operation = Gen.Choose(0, 3).Zip(Gen.Choose(0, 3));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(30).WithEndSize(20), Prop.ForAll(operation.ArrayOf().ToArbitrary(), operations =>
        {
            groups.Clear();
            var model = new Dictionary<int, long>();
            foreach ((int index, int which) in operations)
            {
                if (which < 3)
                {
                    groups.Set(index, paths[which]);
                    model[index] = which == 1 ? 0 : 1;
                }
                else
                {
                    Assert.Equal(model.Remove(index), groups.Remove(index));
                }
            }

            Assert.Equal(Enumerable.Range(0, 4).Select(index => model.GetValueOrDefault(index, -(int)BpfErrno.EAGAIN)), Enumerable.Range(0, 4).Select(Ask));
        }));
    }

    [SkippableFact]
    public void A_group_stays_in_the_map_though_it_was_closed_and_removed()
    {
        BpfCgroupArray groups = _loaded.GetCgroupArray("groups");
        using (BpfCgroup child = BpfCgroup.Open(_child))
        {
            groups.Set(2, child);
        }

        Directory.Delete(_child);
        Assert.Equal(0, Ask(2));
        Assert.True(groups.Remove(2));
        Assert.Equal(-(int)BpfErrno.EAGAIN, Ask(2));
    }

    [SkippableFact]
    public void What_is_no_control_group_is_refused()
    {
        using var groups = BpfCgroupArray.Create("refusing", 2);
        BpfSyscallException e = Assert.Throws<BpfSyscallException>(() => groups.Set(0, "/tmp"));
        Assert.Contains("put control group '/tmp' into map 'refusing'", e.Message, StringComparison.Ordinal);
        Assert.Contains("not one of a control group", e.Message, StringComparison.Ordinal);
        Assert.Contains("not one of a control group", Assert.Throws<BpfSyscallException>(() => groups.Set(0, Path.Combine(_child, "cgroup.procs"))).Message, StringComparison.Ordinal);
        Assert.Contains("nothing of that name", Assert.Throws<BpfSyscallException>(() => groups.Set(0, _child + "/none")).Message, StringComparison.Ordinal);
        BpfCgroup closed = BpfCgroup.Open(_child);
        closed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => groups.Set(0, closed));
        Assert.Throws<ArgumentNullException>("cgroup", () => groups.Set(0, (BpfCgroup)null!));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => groups.Set(2, _child));
        Assert.Throws<ArgumentOutOfRangeException>("index", () => groups.Remove(-1));
        Assert.Contains("use BpfCgroupArray", Assert.Throws<ArgumentException>("map", () => new BpfPerfEventArray(groups.Map)).Message, StringComparison.Ordinal);
        Assert.False(groups.Remove(1));
    }

    private long Ask(int index)
    {
        _loaded.GetVariable<uint>("group").Value = (uint)index;
        _loaded.Programs["ask"].TestRun(new BpfTestRun());
        return _loaded.GetVariable<long>("answer").Value;
    }
}

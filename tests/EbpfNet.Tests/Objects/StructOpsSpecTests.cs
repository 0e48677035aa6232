using EbpfNet.Abi;

namespace EbpfNet.Tests.Objects;

/// <summary>Kernel structs of functions (struct_ops), as an object defines them.</summary>
public class StructOpsSpecTests
{
    private readonly BpfObjectSpec _spec = TestObjects.Read("struct_ops");

    private BpfStructOpsSpec WithLink => _spec.Maps["with_link"].StructOps!;

    [Fact]
    public void The_section_tells_how_a_struct_is_registered_and_whether_it_is()
    {
        Assert.Equal(["with_link", "successor", "without_link", "on_request"], _spec.Maps.Where(map => map.StructOps is not null).Select(map => map.Name));
        Assert.All(_spec.Maps.Where(map => map.StructOps is not null), map => Assert.Equal((BpfMapType.StructOps, 4, 1u), (map.Type, map.KeySize, map.MaxEntries)));
        Assert.Equal((BpfMapFlags.Link, true), (_spec.Maps["successor"].Flags, _spec.Maps["successor"].AutoCreate));
        Assert.Equal((BpfMapFlags.None, true), (_spec.Maps["without_link"].Flags, _spec.Maps["without_link"].AutoCreate));
        Assert.Equal((BpfMapFlags.Link, false), (_spec.Maps["on_request"].Flags, _spec.Maps["on_request"].AutoCreate));
        Assert.Equal("tcp_congestion_ops___wider", _spec.Maps["on_request"].StructOps!.TypeName);
        Assert.Null(_spec.Maps[".bss"].StructOps);
    }

    [Fact]
    public void Every_map_of_a_section_with_a_question_mark_is_created_on_request_only() =>
        Assert.All(TestObjects.Read("struct_ops_refused").Maps, map => Assert.False(map.AutoCreate));

    [Fact]
    public void Functions_are_wired_to_programs()
    {
        Assert.Equal(["name", "ssthresh", "undo_cwnd", "cong_avoid", "init", "release", "flags"], WithLink.Members.Names);
        Assert.Equal([null, "half", "as_before", "grow", "begin", "end", null], WithLink.Members.Select(member => member.Program?.Name));
        Assert.Equal([false, true, true, true, true, true, false], WithLink.Members.Select(member => member.IsFunction));
        Assert.Same(_spec.Programs["half"], _spec.Maps["without_link"].StructOps!.Members["ssthresh"].Program);
        Assert.Null(_spec.Maps["without_link"].StructOps!.Members["release"].Program);
        Assert.True(_spec.Programs["stay"].IsSleepable);
        Assert.False(_spec.Programs["grow"].IsSleepable);
        Assert.All(_spec.Programs, program => Assert.Equal(BpfProgramType.StructOps, program.Type));
    }

    [Fact]
    public void Values_are_read_and_set()
    {
        BpfStructOpsMember name = WithLink.Members["name"];
        Assert.Equal((0, 16), (name.Offset, name.Size));
        Assert.Equal("ebpfnet_link\0\0\0\0"u8.ToArray(), name.InitialValue.ToArray());
        WithLink.Members["flags"].SetValue(3u);
        Assert.Equal(3u, WithLink.Members["flags"].GetValue<uint>());
        Assert.Equal(3, _spec.Maps["with_link"].InitialValue.Span[WithLink.Members["flags"].Offset]);
        Assert.Equal(0u, _spec.Maps["successor"].StructOps!.Members["flags"].GetValue<uint>());
    }

    [Fact]
    public void What_does_not_fit_a_member_is_refused()
    {
        Assert.Throws<BpfLayoutException>(() => WithLink.Members["flags"].SetValue(3ul));
        Assert.Throws<BpfLayoutException>(() => WithLink.Members["flags"].GetValue<byte>());
        Assert.Throws<ArgumentException>(() => WithLink.Members["name"].SetValue("short"u8));
        Assert.Throws<InvalidOperationException>(() => WithLink.Members["ssthresh"].SetValue(1ul));
        Assert.Throws<InvalidOperationException>(() => WithLink.Members["name"].Program = _spec.Programs["half"]);
        Assert.Throws<ArgumentException>(() => WithLink.Members["init"].Program = TestObjects.Read("xdp_verdicts").Programs["verdict_pass"]);
        WithLink.Members["init"].Program = null;
        WithLink.Members["release"].Program = _spec.Programs["begin"];
        Assert.Contains("'nothing'", Assert.Throws<KeyNotFoundException>(() => WithLink.Members["nothing"]).Message, StringComparison.Ordinal);
    }
}

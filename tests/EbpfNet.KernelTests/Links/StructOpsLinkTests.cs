using System.Net.Sockets;
using System.Text;
using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Links;

/// <summary>Programs become a TCP congestion control, which real connections use.</summary>
public sealed class StructOpsLinkTests : KernelTest
{
    private const int TcpCongestion = 13;

    private readonly BpfObject _loaded;

    public StructOpsLinkTests()
    {
        StructOpsKernel.Require();
        _loaded = BpfObject.Load(TestObjects.Read("struct_ops"));
    }

    public override void Dispose()
    {
        _loaded.Dispose();
        base.Dispose();
    }

    [SkippableTheory]
    [InlineData("with_link", "ebpfnet_link", true)]
    [InlineData("without_link", "ebpfnet_plain", false)]
    public void A_connection_uses_the_programs_while_they_are_attached(string map, string name, bool isLink)
    {
        BpfStructOpsMap structOps = _loaded.GetStructOps(map);
        using (StructOpsLink link = structOps.AttachStructOps())
        {
            Assert.Equal((isLink, true, structOps.Map.Id), (link.IsKernelLink, link.IsAttached, link.MapId));
            Assert.Same(structOps, link.StructOps);
            Assert.Equal(isLink ? BpfLinkType.StructOps : BpfLinkType.Unspecified, link.Type);
            Assert.Equal(isLink ? BpfStructOpsState.Ready : BpfStructOpsState.Registered, structOps.State);
            using (var pair = new TcpPair())
            {
                Choose(pair.Client, name);
                Send(pair);
            }

            Assert.Equal(1ul, Read("connections"));
            Assert.NotEqual(0ul, Read("acknowledgements"));
            Assert.Throws<BpfNotSupportedException>(() => link.Program);
        }

        using var late = new TcpPair();
        Assert.False(TryChoose(late.Client, name));
    }

    [SkippableFact]
    public void Values_set_before_the_load_are_the_kernel_s()
    {
        BpfObjectSpec spec = TestObjects.Read("struct_ops");
        byte[] name = new byte[16];
        "ebpfnet_renamed"u8.CopyTo(name);
        spec.Maps["with_link"].StructOps!.Members["name"].SetValue(name);
        spec.Maps["with_link"].StructOps!.Members["cong_avoid"].Program = spec.Programs["stay"];
        spec.Programs["stay"].IsSleepable = false;
        using BpfObject loaded = BpfObject.Load(spec);
        using StructOpsLink link = loaded.GetStructOps("with_link").AttachStructOps();
        using var pair = new TcpPair();
        Choose(pair.Client, "ebpfnet_renamed");
        Send(pair);
        Assert.Equal(1ul, loaded.GetVariable<ulong>("connections").Value);
        Assert.Equal(0ul, loaded.GetVariable<ulong>("acknowledgements").Value);
    }

    [SkippableFact]
    public void A_link_is_updated_to_another_map()
    {
        BpfStructOpsMap first = _loaded.GetStructOps("with_link");
        BpfStructOpsMap second = _loaded.GetStructOps("successor");
        using StructOpsLink link = first.AttachStructOps();
        Assert.Equal(BpfErrno.EPERM, Assert.Throws<BpfSyscallException>(() => link.Update(second, expected: second)).Error);
        link.Update(second, expected: first);
        Assert.Equal(second.Map.Id, link.MapId);
        using (var pair = new TcpPair())
        {
            Choose(pair.Client, "ebpfnet_link");
            Send(pair);
        }

        Assert.Equal(0ul, Read("connections")); // The second has no `init`.
        Assert.NotEqual(0ul, Read("acknowledgements"));
        link.Update(first);
        Assert.Throws<ArgumentException>(() => link.Update(_loaded.GetStructOps("without_link")));
        using StructOpsLink plain = _loaded.GetStructOps("without_link").AttachStructOps();
        Assert.Throws<InvalidOperationException>(() => plain.Update(first));
    }

    [SkippableFact]
    public void A_pinned_link_outlives_its_descriptor_and_is_opened_again()
    {
        using var pins = new BpfFileSystem();
        uint id;
        using (StructOpsLink link = _loaded.GetStructOps("with_link").AttachStructOps())
        {
            link.Pin(pins["control"]);
            id = link.Id;
        }

        using (StructOpsLink opened = StructOpsLink.OpenPinned(pins["control"]))
        using (var pair = new TcpPair())
        {
            Assert.Equal((id, _loaded.GetStructOps("with_link").Map.Id, true), (opened.Id, opened.MapId, opened.IsAttached));
            Choose(pair.Client, "ebpfnet_link");
            opened.Update(_loaded.GetStructOps("successor"));
            using StructOpsLink again = StructOpsLink.OpenById(id);
            Assert.Equal(_loaded.GetStructOps("successor").Map.Id, again.MapId);
        }

        File.Delete(pins["control"]);
        using var late = new TcpPair();
        Assert.True(SpinWait.SpinUntil(() => !TryChoose(late.Client, "ebpfnet_link"), TimeSpan.FromSeconds(10))); // The kernel lets go of a pin when it has time.
    }

    [SkippableFact]
    public void What_is_attached_already_is_refused_with_the_reason()
    {
        using StructOpsLink link = _loaded.GetStructOps("with_link").AttachStructOps();
        BpfSyscallException refused = Assert.Throws<BpfSyscallException>(() => _loaded.GetStructOps("successor").AttachStructOps());
        Assert.Equal((BpfErrno.EEXIST, true), (refused.Error, refused.Message.Contains("of this name already", StringComparison.Ordinal)));
        using StructOpsLink plain = _loaded.GetStructOps("without_link").AttachStructOps();
        Assert.Equal(BpfErrno.EBUSY, Assert.Throws<BpfSyscallException>(() => _loaded.GetStructOps("without_link").AttachStructOps()).Error);
    }

    [SkippableFact]
    public void A_struct_without_what_the_kernel_needs_is_refused_when_it_is_attached()
    {
        BpfObjectSpec spec = TestObjects.Read("struct_ops");
        spec.Maps["without_link"].StructOps!.Members["ssthresh"].Program = null;
        using BpfObject loaded = BpfObject.Load(spec);
        BpfSyscallException refused = Assert.Throws<BpfSyscallException>(() => loaded.GetStructOps("without_link").AttachStructOps());
        Assert.Equal((BpfErrno.EINVAL, true), (refused.Error, refused.Message.Contains("takes no struct tcp_congestion_ops", StringComparison.Ordinal)));
    }

    [SkippableTheory]
    [InlineData("with_link")]
    [InlineData("without_link")]
    public void An_attachment_outlives_the_object_and_ends_when_it_is_detached(string map)
    {
        BpfObject loaded = BpfObject.Load(TestObjects.Read("struct_ops"));
        StructOpsLink link = loaded.GetStructOps(map).AttachStructOps();
        loaded.Dispose();
        Assert.True(link.IsAttached);
        link.Detach();
        Assert.False(link.IsAttached);
        link.Dispose();
        _loaded.GetStructOps(map).AttachStructOps().Dispose(); // The name is free again.
    }

    private static void Choose(Socket socket, string name) =>
        socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpCongestion, Encoding.ASCII.GetBytes(name));

    private static bool TryChoose(Socket socket, string name)
    {
        try
        {
            Choose(socket, name);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static void Send(TcpPair pair)
    {
        for (int i = 0; i < 20; i++)
        {
            pair.Client.Send(new byte[1000]);
            TcpPair.Receive(pair.Server, 1000);
        }
    }

    private ulong Read(string counter) => _loaded.GetVariable<ulong>(counter).Value;
}

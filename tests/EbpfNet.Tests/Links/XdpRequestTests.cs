using System.Runtime.InteropServices;
using EbpfNet.Kernel;

namespace EbpfNet.Tests.Links;

/// <summary>The bytes that go to the kernel, written out by hand from linux/netlink.h, linux/if_link.h and linux/bpf.h. This is all that can be tried of offload without a card.</summary>
public sealed class XdpRequestTests
{
    private const string Header = "13000500 07000000 00000000" + InterfaceInfo; // RTM_SETLINK, REQUEST | ACK, sequence 7, port 0
    private const string InterfaceInfo = "00000000 05000000 00000000 00000000"; // struct ifinfomsg: index 5

    [Theory]
    [InlineData(0, "01000000")] // UPDATE_IF_NOEXIST
    [InlineData(2, "03000000")] // ... | SKB_MODE
    [InlineData(4, "05000000")] // ... | DRV_MODE
    [InlineData(8, "09000000")] // ... | HW_MODE
    public void Attaching_by_netlink_names_program_and_mode_and_spares_what_is_there(uint mode, string flags)
    {
        NetlinkMessage message = XdpRequests.Attach(stackalloc byte[XdpRequests.BufferSize], interfaceIndex: 5, programFd: 9, (XdpFlags)mode);

        Expect(message.Finish(7), "34000000" + Header + "14002b80" + "08000100 09000000" + "08000300" + flags);
    }

    [Fact]
    public void Replacing_by_netlink_names_the_expected_program()
    {
        NetlinkMessage message = XdpRequests.Replace(stackalloc byte[XdpRequests.BufferSize], interfaceIndex: 5, programFd: 9, XdpFlags.Offload, expectedFd: 8);

        Expect(message.Finish(7), "3c000000" + Header + "1c002b80" + "08000100 09000000" + "08000300 18000000" + "08000800 08000000");
    }

    [Fact]
    public void Detaching_by_netlink_names_no_program_and_the_expected_one()
    {
        NetlinkMessage message = XdpRequests.Detach(stackalloc byte[XdpRequests.BufferSize], interfaceIndex: 5, XdpFlags.Native, expectedFd: 8);

        Expect(message.Finish(7), "3c000000" + Header + "1c002b80" + "08000100 ffffffff" + "08000300 14000000" + "08000800 08000000");
    }

    [Fact]
    public void Detaching_on_a_kernel_that_cannot_compare_names_the_mode_only()
    {
        NetlinkMessage message = XdpRequests.Detach(stackalloc byte[XdpRequests.BufferSize], interfaceIndex: 5, XdpFlags.Generic, expectedFd: null);

        Expect(message.Finish(7), "34000000" + Header + "14002b80" + "08000100 ffffffff" + "08000300 02000000");
    }

    [Theory]
    [InlineData(0, "00000000")]
    [InlineData(2, "02000000")]
    [InlineData(4, "04000000")]
    [InlineData(8, "08000000")]
    public void A_link_names_program_interface_hook_and_mode(uint mode, string flags)
    {
        LinkCreateAttribute attribute = XdpRequests.CreateLink(programFd: 9, interfaceIndex: 5, (XdpFlags)mode);

        Expect(MemoryMarshal.AsBytes(new ReadOnlySpan<LinkCreateAttribute>(ref attribute))[..16], "09000000 05000000 25000000" + flags); // 0x25: BPF_XDP
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(95, 2)]
    [InlineData(16, 2)]
    [InlineData(17, 2)]
    [InlineData(22, 1)]
    [InlineData(1, 0)]
    [InlineData(12, 0)]
    public void The_answer_to_a_link_on_loopback_tells_whether_there_are_links(int error, int answer) =>
        Assert.Equal((FeatureAnswer)answer, XdpProbes.JudgeLink((BpfErrno)error));

    [Theory]
    [InlineData(17, 2)]
    [InlineData(22, 1)]
    [InlineData(1, 0)]
    [InlineData(0, 0)]
    public void The_answer_to_detaching_a_stranger_tells_whether_programs_are_compared(int error, int answer) =>
        Assert.Equal((FeatureAnswer)answer, XdpProbes.JudgeExpectedProgram((BpfErrno)error));

    private static void Expect(ReadOnlySpan<byte> actual, string expected) =>
        Assert.Equal(expected.Replace(" ", "", StringComparison.Ordinal), Convert.ToHexStringLower(actual));
}

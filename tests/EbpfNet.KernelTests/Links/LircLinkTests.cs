namespace EbpfNet.KernelTests.Links;

/// <summary>Infrared: no machine at hand has a receiver, so the kernel's refusals are all there is to see.</summary>
public sealed class LircLinkTests : KernelTest
{
    [SkippableFact]
    public void What_is_no_receiver_is_said_to_be_none()
    {
        BpfObject? loaded = null;
        try
        {
            loaded = BpfObject.Load(TestObjects.Read("lirc"));
        }
        catch (BpfException e)
        {
            Assert.Contains("The kernel does not know programs of this type", e.Message, StringComparison.Ordinal);
            return; // The kernels at hand were built without them.
        }

        using BpfObject disposed = loaded;
        BpfProgram decode = disposed.Programs["decode"];

        Assert.Contains("/dev/lirc99", Assert.Throws<BpfSyscallException>(() => decode.AttachLirc("/dev/lirc99")).Message, StringComparison.Ordinal);
        BpfSyscallException e2 = Assert.Throws<BpfSyscallException>(() => decode.AttachLirc("/dev/null"));
        Assert.Equal(BpfErrno.EINVAL, e2.Error);
        Assert.Contains("'/dev/null' is no infrared receiver", e2.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Programs_of_what_is_no_receiver_are_not_told()
    {
        using BpfProgram xdp = XdpPrograms.Pass();

        Assert.Equal(BpfErrno.ENOENT, Assert.Throws<BpfSyscallException>(() => LircHook.Query("/dev/lirc99")).Error);
        Assert.Contains("'/dev/null' is no infrared receiver", Assert.Throws<BpfSyscallException>(() => LircHook.Query("/dev/null")).Message, StringComparison.Ordinal);
        Assert.Contains("'/dev/null'", Assert.Throws<BpfSyscallException>(() => LircHook.Detach("/dev/null", xdp)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Only_programs_for_receivers_are_taken()
    {
        using BpfProgram xdp = XdpPrograms.Pass();

        Assert.Throws<ArgumentException>(() => xdp.AttachLirc("/dev/null"));
    }
}

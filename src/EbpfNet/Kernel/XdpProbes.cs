using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>What the kernel's XDP can do, found by trying it on the loopback interface without changing anything there.</summary>
internal static unsafe class XdpProbes
{
    /// <summary>The loopback interface has this index in every network namespace, and no driver that could run XDP.</summary>
    private const int Loopback = 1;

    /// <summary><c>XDP_PASS</c>.</summary>
    private const uint Pass = 2;

    /// <summary>Whether programs are attached through links (Linux 5.9).</summary>
    public static readonly FeatureProbe Links = new(TryLink);

    /// <summary>Whether netlink takes the program that is expected to be attached (Linux 5.7).</summary>
    public static readonly FeatureProbe ExpectedProgram = new(TryExpectedProgram);

    /// <summary>What the answer to a native attachment to the loopback interface means.</summary>
    internal static FeatureAnswer JudgeLink(BpfErrno error) => error switch
    {
        // The kernel knew what was asked for, and then found that the driver cannot, or that the place is taken.
        BpfErrno.None or BpfErrno.EOPNOTSUPP or BpfErrno.EBUSY or BpfErrno.EEXIST => FeatureAnswer.Yes,
        BpfErrno.EINVAL => FeatureAnswer.No,
        _ => FeatureAnswer.Inconclusive,
    };

    /// <summary>What the answer to detaching a program that is not attached means.</summary>
    internal static FeatureAnswer JudgeExpectedProgram(BpfErrno error) => error switch
    {
        BpfErrno.EEXIST => FeatureAnswer.Yes, // "Active program does not match expected"
        BpfErrno.EINVAL => FeatureAnswer.No,
        _ => FeatureAnswer.Inconclusive,
    };

    private static FeatureAnswer TryLink()
    {
        using BpfHandle? program = SmallestProgram.Load(BpfProgramType.Xdp, Pass);
        if (program is null)
        {
            return FeatureAnswer.Inconclusive; // No right to load, or no memory: says nothing about links.
        }

        using BpfHandle.Lease fd = program.Acquire();
        LinkCreateAttribute attribute = XdpRequests.CreateLink(fd.Fd, Loopback, XdpFlags.Native);
        BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.LinkCreate, &attribute, out BpfHandle? link);
        link?.Dispose();
        return JudgeLink(error);
    }

    private static FeatureAnswer TryExpectedProgram()
    {
        using BpfHandle? program = SmallestProgram.Load(BpfProgramType.Xdp, Pass);
        if (program is null)
        {
            return FeatureAnswer.Inconclusive;
        }

        using BpfHandle.Lease fd = program.Acquire();
        using NetlinkSocket socket = NetlinkSocket.Open();
        NetlinkMessage request = XdpRequests.Detach(stackalloc byte[XdpRequests.BufferSize], Loopback, XdpFlags.Generic, fd.Fd);
        return JudgeExpectedProgram(socket.Request(request).Error);
    }
}

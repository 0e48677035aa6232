using System.Diagnostics;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Attaches a program to an interface's packets: to the interface's own list (tcx) where the kernel has it, else as a filter by netlink.</summary>
internal static class TcAttacher
{
    private const uint FirstHandle = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2); // with others that remove or take the same: counting tries is too short where they never rest

    public static BpfAttachType ToTcx(this TcDirection direction) => direction == TcDirection.Ingress ? BpfAttachType.TcxIngress : BpfAttachType.TcxEgress;

    public static uint ToParent(this TcDirection direction) => direction == TcDirection.Ingress ? TrafficControl.Ingress : TrafficControl.Egress;

    public static string Word(this TcDirection direction) => direction == TcDirection.Ingress ? "ingress" : "egress";

    /// <summary>Which of <paramref name="interfaceName"/> and <paramref name="interfaceIndex"/> is given decides how the interface is looked up.</summary>
    public static TcLink Attach(BpfProgram program, string? interfaceName, int interfaceIndex, TcDirection direction, TcAttachOptions options)
    {
        bool byFilter = ChooseFilter(program, direction, options);
        options.Position?.ThrowIfDisposed();
        using LiveLinks.Making _ = LiveLinks.Make();
        NetlinkSocket? socket = NetlinkSocket.Open();
        try
        {
            NetworkDevice device = NetworkDevice.Get(
                socket, interfaceName, interfaceIndex, $"attach {program} to the {direction.Word()} of interface {NetworkDeviceErrors.Describe(interfaceName, interfaceIndex)}");
            if (!byFilter)
            {
                return AttachTcx(program, device, direction, options);
            }

            TcFilterAttachment filter = AttachFilter(program, socket, device, direction, options);
            socket = null; // The attachment needs it to detach.
            return new TcLink(program, device, direction, null, filter);
        }
        finally
        {
            socket?.Dispose();
        }
    }

    /// <param name="program">The program.</param>
    /// <param name="actions">Whether a filter's action will do.</param>
    public static void RequireTc(BpfProgram program, bool actions)
    {
        if (program.Type == BpfProgramType.SchedAct && !actions)
        {
            throw new ArgumentException($"{program} is a filter's action (section 'action'): tcx takes none. Attach it with {nameof(TcMechanism)}.{nameof(TcMechanism.Filter)}.", nameof(program));
        }

        if (program.Type is not (BpfProgramType.SchedCls or BpfProgramType.SchedAct))
        {
            throw new ArgumentException($"Only tc programs can be attached to an interface's tc hook; {program} is of type {program.Type.CName()}.", nameof(program));
        }
    }

    private static bool ChooseFilter(BpfProgram program, TcDirection direction, TcAttachOptions options)
    {
        if (direction is not (TcDirection.Ingress or TcDirection.Egress))
        {
            throw new ArgumentOutOfRangeException(nameof(direction), direction, "There is no such direction.");
        }

        bool onlyFilters = options.Priority != 0 || options.Handle != 0;
        bool onlyTcx = options.ExpectedRevision is not null || options.ReplacedProgram is not null;
        if ((onlyFilters && (onlyTcx || options.Mechanism == TcMechanism.Tcx)) || (onlyTcx && options.Mechanism == TcMechanism.Filter))
        {
            throw new ArgumentException($"{nameof(options.Priority)} and {nameof(options.Handle)} are a filter's, {nameof(options.ExpectedRevision)} and {nameof(options.ReplacedProgram)} are tcx's.", nameof(options));
        }

        bool byFilter = options.Mechanism switch
        {
            TcMechanism.Auto => onlyFilters || (program.Type == BpfProgramType.SchedAct && !onlyTcx) || (!onlyTcx && TcProbes.Tcx.IsMissing),
            TcMechanism.Tcx => false,
            TcMechanism.Filter => true,
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Mechanism, "There is no such mechanism."),
        };
        RequireTc(program, byFilter);
        return !byFilter && TcProbes.Tcx.IsMissing ? throw TcErrors.NoTcx($"attaching {program} by tcx") : byFilter;
    }

    private static TcLink AttachTcx(BpfProgram program, NetworkDevice device, TcDirection direction, TcAttachOptions options)
    {
        BpfAttachType type = direction.ToTcx();
        BpfErrno error = DeviceAttacher.Attach(program, device.Index, type, options.Position, options.ExpectedRevision, options.ReplacedProgram, out BpfHandle? link, out DeviceProgramAttachment? attachment);
        return error == BpfErrno.None ? new TcLink(program, device, direction, link, attachment) : throw DeviceListErrors.Attach(
            program, $"the {direction.Word()} of interface '{device.Name}'", device, type, options.Position, options.ExpectedRevision, options.ReplacedProgram, error);
    }

    private static TcFilterAttachment AttachFilter(BpfProgram program, NetlinkSocket socket, NetworkDevice device, TcDirection direction, TcAttachOptions options)
    {
        uint parent = direction.ToParent();
        NetlinkVerdict verdict = ClsactQdisc.Acquire(socket, device.Index, parent, out ClsactQdisc? qdisc);
        if (qdisc is null)
        {
            throw TcErrors.Qdisc(program, device, direction, verdict);
        }

        TcFilterAttachment? attachment = null;
        try
        {
            bool isAction = program.Type == BpfProgramType.SchedAct;
            FilterPlace place = default;
            verdict = new NetlinkVerdict(BpfErrno.EEXIST, null);
            long began = Stopwatch.GetTimestamp();
            while ((verdict.Error == BpfErrno.EEXIST || (verdict.Error == BpfErrno.EINVAL && qdisc.Restore(socket))) && Stopwatch.GetElapsedTime(began) < Patience)
            {
                place = ChoosePlace(program, socket, device, direction, options);
                verdict = TcFilterAttachment.Set(socket, place, program, isAction, replace: false, out TrafficFilter? made);
                if (verdict.Error == BpfErrno.None)
                {
                    attachment = new TcFilterAttachment(socket, qdisc, made?.Place ?? place, isAction, program.Id);
                    return attachment;
                }

                if (options.Priority != 0 && verdict.Error == BpfErrno.EEXIST)
                {
                    break; // Only a chosen priority can be chosen again.
                }
            }

            throw TcErrors.Filter(program, socket, device, direction, place, verdict);
        }
        finally
        {
            if (attachment is null)
            {
                qdisc.Release(socket);
            }
        }
    }

    private static FilterPlace ChoosePlace(BpfProgram program, NetlinkSocket socket, NetworkDevice device, TcDirection direction, TcAttachOptions options)
    {
        uint parent = direction.ToParent();
        if (options.Priority != 0)
        {
            return new FilterPlace(device.Index, parent, options.Priority, options.Handle);
        }

        BpfAttachPosition position = options.Position ?? BpfAttachPosition.Last;
        BpfErrno error = FilterPriorities.Choose(TrafficFilter.List(socket, device.Index, parent), position, out ushort priority);
        return error == BpfErrno.None
            ? new FilterPlace(device.Index, parent, priority, options.Handle == 0 ? FirstHandle : options.Handle)
            : throw TcErrors.Position(program, device, direction, position, error);
    }
}

using System.Buffers.Binary;
using EbpfNet.Buffers;

namespace EbpfNet.Kernel;

/// <summary>A BPF filter on an interface as <c>RTM_GETTFILTER</c> tells it.</summary>
/// <param name="Place">Where it is.</param>
/// <param name="Kind">The classifier; <c>bpf</c> for those that are programs.</param>
/// <param name="ProgramId">The program, in the filter or in its action; 0 for none, for a filter that was offloaded, and before Linux 4.13.</param>
/// <param name="Name">What it was called when it was made.</param>
/// <param name="IsAction">Whether the program is the filter's action.</param>
/// <param name="IsDirect">Whether the program decides itself (direct action).</param>
internal sealed record TrafficFilter(FilterPlace Place, string Kind, uint ProgramId, string Name, bool IsAction, bool IsDirect)
{
    public bool IsBpf => Kind == TrafficControl.BpfKind;

    /// <summary>The block that it is in, whose filters all interfaces have that share it; <see langword="null"/> for a filter of one interface.</summary>
    public uint? Block => Place.InterfaceIndex == TrafficControl.SharedBlock ? Place.Parent : null;

    /// <summary>Of a queueing discipline: whether its filters are those of a block, which other interfaces may share.</summary>
    public bool IsShared { get; private init; }

    /// <summary>The filter in a place.</summary>
    /// <returns><see cref="BpfErrno.ENOENT"/> where there is none, or no queueing discipline for it.</returns>
    public static NetlinkVerdict Find(NetlinkSocket socket, in FilterPlace place, out TrafficFilter? filter)
    {
        TrafficFilter? found = null;
        NetlinkVerdict verdict = socket.Request(
            TrafficControlRequests.GetFilter(stackalloc byte[TrafficControlRequests.BufferSize], place),
            (type, content) => found = type == NetlinkType.NewFilter ? Read(content) : found);
        filter = found;

        // The request is right: what the kernel misses then is the chain or the queueing discipline.
        return verdict.Error switch
        {
            BpfErrno.EINVAL => verdict with { Error = BpfErrno.ENOENT },
            BpfErrno.None when found is null => new NetlinkVerdict(BpfErrno.ENOENT, null),
            _ => verdict,
        };
    }

    /// <summary>All filters of one direction of an interface, in the order in which packets meet them; those of a block that several interfaces share are among them.</summary>
    /// <returns>None where there is no queueing discipline for them.</returns>
    public static IReadOnlyList<TrafficFilter> List(NetlinkSocket socket, int interfaceIndex, uint parent)
    {
        var filters = new List<TrafficFilter>();
        NetlinkVerdict verdict = socket.Request(TrafficControlRequests.ListFilters(stackalloc byte[TrafficControlRequests.BufferSize], interfaceIndex, parent), (type, content) =>
        {
            // A dump has each of the interface's classifiers once more, without a handle; and one that was interrupted is read again.
            if (type == NetlinkType.NewFilter && Read(content) is { Place.Handle: not 0 } filter && (filter.Place.InterfaceIndex == interfaceIndex || filter.Place.InterfaceIndex == TrafficControl.SharedBlock)
                && !filters.Contains(filter))
            {
                filters.Add(filter);
            }
        });
        return verdict.Error is BpfErrno.None or BpfErrno.EINVAL or BpfErrno.ENOENT or BpfErrno.ENODEV
            ? filters
            : throw SyscallErrors.Create(verdict.Error, "RTM_GETTFILTER", "list the filters of an interface", null, verdict.Message);
    }

    /// <summary>Reads the content of an <c>RTM_NEWTFILTER</c> message.</summary>
    public static TrafficFilter Read(SpanReader content)
    {
        content.Skip(sizeof(uint)); // family
        int index = content.ReadInt32();
        uint handle = content.ReadUInt32();
        uint parent = content.ReadUInt32();
        uint info = content.ReadUInt32();
        ushort protocol = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness((ushort)info) : (ushort)info;
        var options = new Options();
        string kind = "";
        uint chain = 0;
        bool isShared = false;
        var attributes = new NetlinkAttributes(content.Slice((ulong)content.Position, (ulong)content.Remaining, "the attributes"));
        while (attributes.MoveNext())
        {
            switch (attributes.Type)
            {
                case TrafficControlAttribute.Kind:
                    kind = attributes.ReadString();
                    break;
                case TrafficControlAttribute.Chain:
                    chain = attributes.ReadUInt32();
                    break;
                case TrafficControlAttribute.IngressBlock or TrafficControlAttribute.EgressBlock:
                    isShared = true;
                    break;
                case TrafficControlAttribute.Options when kind == TrafficControl.BpfKind: // The kernel tells the kind first.
                    options.Read(attributes.Value);
                    break;
            }
        }

        return new TrafficFilter(new FilterPlace(index, parent, (ushort)(info >> 16), handle, protocol, chain), kind, options.ProgramId, options.Name, options.IsAction, options.IsDirect) { IsShared = isShared };
    }

    /// <summary>What a BPF filter is made of.</summary>
    private struct Options()
    {
        public uint ProgramId;
        public string Name = "";
        public bool IsAction;
        public bool IsDirect;

        public void Read(SpanReader content)
        {
            var attributes = new NetlinkAttributes(content);
            while (attributes.MoveNext())
            {
                switch (attributes.Type)
                {
                    case BpfFilterAttribute.ProgramId:
                        ProgramId = attributes.ReadUInt32();
                        break;
                    case BpfFilterAttribute.Name:
                        Name = attributes.ReadString();
                        break;
                    case BpfFilterAttribute.Flags:
                        IsDirect = (attributes.ReadUInt32() & BpfFilterAttribute.DirectAction) != 0;
                        break;
                    case BpfFilterAttribute.Actions:
                        ReadActions(attributes.Value);
                        break;
                }
            }
        }

        private void ReadActions(SpanReader content)
        {
            var actions = new NetlinkAttributes(content);
            while (actions.MoveNext())
            {
                string kind = "";
                var attributes = new NetlinkAttributes(actions.Value);
                while (attributes.MoveNext())
                {
                    if (attributes.Type == BpfActionAttribute.Kind)
                    {
                        kind = attributes.ReadString();
                    }
                    else if (attributes.Type == BpfActionAttribute.Options && kind == TrafficControl.BpfKind && ProgramId == 0)
                    {
                        ReadAction(attributes.Value);
                    }
                }
            }
        }

        private void ReadAction(SpanReader content)
        {
            var attributes = new NetlinkAttributes(content);
            while (attributes.MoveNext())
            {
                if (attributes.Type == BpfActionAttribute.ProgramId)
                {
                    ProgramId = attributes.ReadUInt32();
                    IsAction = true;
                }
                else if (attributes.Type == BpfActionAttribute.Name)
                {
                    Name = attributes.ReadString();
                }
            }
        }
    }
}

namespace EbpfNet.Kernel;

/// <summary>
/// The queueing discipline of an interface that filters hang on. One that this process made goes with the last of its filters, unless others have put theirs there meanwhile.
/// </summary>
internal sealed class ClsactQdisc
{
    private static readonly Lock Guard = new();
    private static readonly Dictionary<(string Namespace, int InterfaceIndex), ClsactQdisc> InUse = [];

    private readonly (string Namespace, int InterfaceIndex) _key;
    private int _users;
    private bool _isOurs;

    private ClsactQdisc((string, int) key) => _key = key;

    /// <summary>Makes sure that it is there.</summary>
    /// <param name="socket">A socket of the namespace that this thread is in.</param>
    /// <param name="interfaceIndex">The interface.</param>
    /// <param name="parent">The direction.</param>
    /// <param name="qdisc">To be released when its filter is gone.</param>
    public static NetlinkVerdict Acquire(NetlinkSocket socket, int interfaceIndex, uint parent, out ClsactQdisc? qdisc)
    {
        lock (Guard)
        {
            qdisc = null;
            NetlinkVerdict verdict = socket.Request(TrafficControlRequests.AddClsact(stackalloc byte[TrafficControlRequests.BufferSize], interfaceIndex));
            if (verdict.Error is not (BpfErrno.None or BpfErrno.EEXIST))
            {
                return verdict;
            }

            // The older kind takes filters for the way out, and runs them on the way in.
            if (verdict.Error == BpfErrno.EEXIST && parent == TrafficControl.Egress && Find(socket, interfaceIndex).Kind is { } kind and not TrafficControl.ClsactKind)
            {
                return new NetlinkVerdict(BpfErrno.EEXIST, $"the queueing discipline '{kind}' is in the place of clsact");
            }

            (string, int) key = (NetworkNamespace.CurrentId, interfaceIndex);
            if (!InUse.TryGetValue(key, out qdisc))
            {
                InUse.Add(key, qdisc = new ClsactQdisc(key));
            }

            qdisc._users++;
            qdisc._isOurs |= verdict.Error == BpfErrno.None;
            return default;
        }
    }

    /// <summary>Makes it anew where somebody else has removed it meanwhile.</summary>
    /// <returns>Whether it was gone.</returns>
    public bool Restore(NetlinkSocket socket)
    {
        lock (Guard)
        {
            bool wasGone = socket.Request(TrafficControlRequests.AddClsact(stackalloc byte[TrafficControlRequests.BufferSize], _key.InterfaceIndex)).Error == BpfErrno.None;
            _isOurs |= wasGone;
            return wasGone;
        }
    }

    /// <summary>One filter less.</summary>
    /// <remarks>The kernel does not remove one only if it is empty: a filter that another process adds at this moment goes with it.</remarks>
    public void Release(NetlinkSocket socket)
    {
        lock (Guard)
        {
            if (--_users > 0)
            {
                return;
            }

            InUse.Remove(_key);
            int index = _key.InterfaceIndex;
            if (_isOurs && IsEmpty(socket, index))
            {
                _ = socket.Request(TrafficControlRequests.RemoveClsact(stackalloc byte[TrafficControlRequests.BufferSize], index));
            }
        }
    }

    /// <summary>Removes it where nothing hangs on it, and nobody shares what does; for what another process left behind.</summary>
    /// <returns>What <see cref="Look"/> says, or the kernel.</returns>
    public static NetlinkVerdict RemoveIfEmpty(NetlinkSocket socket, int interfaceIndex)
    {
        lock (Guard)
        {
            BpfErrno there = Look(socket, interfaceIndex);
            return there == BpfErrno.None
                ? socket.Request(TrafficControlRequests.RemoveClsact(stackalloc byte[TrafficControlRequests.BufferSize], interfaceIndex))
                : new NetlinkVerdict(there, null);
        }
    }

    /// <summary>Whether there is one that nothing hangs on: <see cref="BpfErrno.ENOENT"/> where there is none, <see cref="BpfErrno.EBUSY"/> where it is in use.</summary>
    public static BpfErrno Look(NetlinkSocket socket, int interfaceIndex)
    {
        lock (Guard)
        {
            (string? kind, bool isShared) = Find(socket, interfaceIndex);
            return kind != TrafficControl.ClsactKind ? BpfErrno.ENOENT : isShared || IsInUse(socket, interfaceIndex) ? BpfErrno.EBUSY : BpfErrno.None;
        }
    }

    /// <summary>The interfaces that have one that nothing hangs on.</summary>
    public static IReadOnlyList<int> FindEmpty(NetlinkSocket socket)
    {
        lock (Guard)
        {
            return [.. List(socket).Where(entry => entry.Value is { Kind: TrafficControl.ClsactKind, IsShared: false } && !IsInUse(socket, entry.Key)).Select(entry => entry.Key)];
        }
    }

    private static bool IsInUse(NetlinkSocket socket, int interfaceIndex) => InUse.ContainsKey((NetworkNamespace.CurrentId, interfaceIndex)) || !IsEmpty(socket, interfaceIndex);

    private static bool IsEmpty(NetlinkSocket socket, int interfaceIndex)
    {
        try
        {
            return TrafficFilter.List(socket, interfaceIndex, TrafficControl.Ingress).Count == 0 && TrafficFilter.List(socket, interfaceIndex, TrafficControl.Egress).Count == 0;
        }
        catch (BpfException)
        {
            return false; // What cannot be seen is left alone.
        }
    }

    /// <summary>What is in its place: <c>clsact</c>, the older <c>ingress</c>, or nothing; and whether its filters are those of a block, which may be empty at the moment.</summary>
    private static (string? Kind, bool IsShared) Find(NetlinkSocket socket, int interfaceIndex) => List(socket).GetValueOrDefault(interfaceIndex);

    private static Dictionary<int, (string? Kind, bool IsShared)> List(NetlinkSocket socket)
    {
        var found = new Dictionary<int, (string? Kind, bool IsShared)>();
        _ = socket.Request(TrafficControlRequests.ListQdiscs(stackalloc byte[TrafficControlRequests.BufferSize]), (type, content) =>
        {
            // The head of a message is that of a filter's.
            if (type == NetlinkType.NewQdisc && TrafficFilter.Read(content) is { Place.Handle: TrafficControl.ClsactHandle } qdisc)
            {
                found[qdisc.Place.InterfaceIndex] = (qdisc.Kind, qdisc.IsShared);
            }
        });
        return found;
    }
}

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
            if (verdict.Error == BpfErrno.EEXIST && parent == TrafficControl.Egress && FindKind(socket, interfaceIndex) is { } kind and not TrafficControl.ClsactKind)
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

    /// <summary>One filter less.</summary>
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

    /// <summary>Removes it where nothing hangs on it; for what another process left behind.</summary>
    public static void RemoveIfEmpty(NetlinkSocket socket, int interfaceIndex)
    {
        lock (Guard)
        {
            if (FindKind(socket, interfaceIndex) == TrafficControl.ClsactKind && IsEmpty(socket, interfaceIndex)
                && !InUse.ContainsKey((NetworkNamespace.CurrentId, interfaceIndex)))
            {
                _ = socket.Request(TrafficControlRequests.RemoveClsact(stackalloc byte[TrafficControlRequests.BufferSize], interfaceIndex));
            }
        }
    }

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

    /// <summary>The kind of what is in its place: <c>clsact</c>, the older <c>ingress</c>, or nothing.</summary>
    private static string? FindKind(NetlinkSocket socket, int interfaceIndex)
    {
        string? kind = null;
        _ = socket.Request(TrafficControlRequests.ListQdiscs(stackalloc byte[TrafficControlRequests.BufferSize]), (type, content) =>
        {
            // The head of a message is that of a filter's.
            if (type == NetlinkType.NewQdisc && TrafficFilter.Read(content) is { Place.Handle: TrafficControl.ClsactHandle } found && found.Place.InterfaceIndex == interfaceIndex)
            {
                kind = found.Kind;
            }
        });
        return kind;
    }
}

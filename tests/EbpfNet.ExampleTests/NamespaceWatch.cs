using System.Globalization;
using System.Net.Sockets;
using DemoNetwork;
using Microsoft.Win32.SafeHandles;

namespace EbpfNet.ExampleTests;

/// <summary>
/// Tells whether network namespaces without a name still exist, from the kernel itself: a number given to a foreign namespace (nsid) vanishes exactly when
/// the kernel destroys it. It works in a host of its own, so that nothing else on the machine is counted.
/// </summary>
internal sealed class NamespaceWatch : IDisposable
{
    private const ushort NewNamespaceId = 88;
    private const ushort GetNamespaceId = 90;
    private const ushort Dump = 0x300;
    private const ushort Id = 1;
    private const ushort Fd = 3;

    private readonly NetworkHost _observer = NetworkHost.Create("observer");
    private readonly HashSet<string> _watched = [];

    /// <summary>How many of the watched namespaces there are still.</summary>
    internal int Alive => _observer.Run(() =>
    {
        using NetlinkRoute route = NetlinkRoute.Open();
        return route.Ask("list namespace numbers", Request(GetNamespaceId, Dump)).Count(answer => answer.Type == NewNamespaceId);
    });

    /// <summary>How many namespaces were found and watched in all.</summary>
    internal int Watched => _watched.Count;

    /// <summary>Watches every network namespace that a process holds by a file descriptor.</summary>
    internal void WatchHeldBy(int processId)
    {
        foreach (string link in Directory.GetFiles($"/proc/{processId.ToString(CultureInfo.InvariantCulture)}/fd"))
        {
            try
            {
                if (new FileInfo(link).LinkTarget is { } target && target.StartsWith("net:[", StringComparison.Ordinal) && _watched.Add(target))
                {
                    using SafeFileHandle handle = File.OpenHandle(link, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                    _observer.Run(() =>
                    {
                        using NetlinkRoute route = NetlinkRoute.Open();
                        route.Ask("number a namespace", Request(NewNamespaceId).Attribute(Fd, (int)handle.DangerousGetHandle()).Attribute(Id, -1));
                    });
                }
            }
            catch (IOException e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                // The descriptor was closed in between.
            }
        }
    }

    /// <summary>Waits until all watched namespaces are gone; the kernel destroys them a moment after the last holder went.</summary>
    internal async Task<bool> AllGoneAsync(TimeSpan timeout)
    {
        DateTime end = DateTime.UtcNow + timeout;
        while (Alive > 0)
        {
            if (DateTime.UtcNow > end)
            {
                return false;
            }

            await Task.Delay(20);
        }

        return true;
    }

    public void Dispose() => _observer.Dispose();

    // struct rtgenmsg: one byte of address family, padded.
    private static NetlinkMessage Request(ushort type, ushort flags = 0) => new NetlinkMessage(type, flags).Append((uint)AddressFamily.Unspecified);
}

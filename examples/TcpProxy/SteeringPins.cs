using EbpfNet;
using EbpfNet.Programs;
using ExampleHost;
using static EbpfNet.Programs.TcpProxyProgram;

namespace TcpProxy;

/// <summary>What is pinned, by which names: the program, its maps, and the link that attaches it.</summary>
internal static class SteeringPins
{
    internal const string Link = "link";

    private const string Apps = "apps";
    private const string Counters = "steering";
    private const string Ports = "ports";
    private const string Program = "program";

    private static readonly string[] Maps = [Ports, "listeners", Apps, Counters];

    /// <summary>Waits until no other process is at work on the pins.</summary>
    /// <exception cref="UserErrorException">Nothing can be pinned there.</exception>
    internal static BpfPinFolder Lock(string directory)
    {
        try
        {
            return BpfPinFolder.Lock(directory);
        }
        catch (BpfException e) when (e is not BpfSyscallException { Error: BpfErrno.EAGAIN })
        {
            throw new UserErrorException($"{e.Message} Choose another folder with --pins, or run with --no-pins.");
        }
    }

    /// <summary>Whether a proxy's link is pinned there.</summary>
    internal static bool Exist(string? directory) => directory is not null && File.Exists(Path.Combine(directory, Link));

    /// <summary>Opens the link of the process before, if there is one.</summary>
    /// <exception cref="UserErrorException">It steers another network namespace.</exception>
    internal static NetnsLink? OpenLink(BpfPinFolder pins)
    {
        NetnsLink? link = pins.TryOpenLink(Link, NetnsLink.OpenPinned);
        using BpfNetworkNamespace here = BpfNetworkNamespace.OpenCurrent();
        if (link is null || link.NamespaceId == here.Id)
        {
            return link;
        }

        link.Dispose();
        throw new UserErrorException($"The pins in {pins.FullPath} are those of a proxy in another network namespace: choose another folder with --pins.");
    }

    /// <summary>Has the program count on where the one before is; what that one steers by is left alone.</summary>
    /// <returns>The apps that are counted for, each at its number.</returns>
    internal static TcpProxyApp[] Share(BpfPinFolder pins, BpfObjectSpec spec)
    {
        if (!pins.Contains(Apps) || !pins.ShareMaps(spec, Counters))
        {
            return [];
        }

        using BpfMap apps = BpfMap.OpenPinned(pins.GetPath(Apps), BpfMapAccess.ReadOnly);
        return [.. new BpfArray<TcpProxyApp>(apps)];
    }

    /// <summary>What the process before steers by: for each port 0, or whose it is.</summary>
    internal static uint[] ReadPorts(BpfPinFolder pins)
    {
        using BpfMap ports = BpfMap.OpenPinned(pins.GetPath(Ports), BpfMapAccess.ReadOnly);
        uint[] owners = new uint[ports.MaxEntries];
        new BpfArray<uint>(ports).CopyTo(owners);
        return owners;
    }

    /// <summary>Pins the program and its maps.</summary>
    internal static void Pin(BpfPinFolder? pins, TcpProxyProgram program)
    {
        pins?.Pin(program.TcpProxySteer, Program);
        foreach (string map in Maps)
        {
            pins?.Pin(program.Object.Maps[map]);
        }
    }

    /// <summary>Removes all.</summary>
    /// <returns>Whether there was any.</returns>
    internal static bool Remove(BpfPinFolder pins) => pins.Remove([.. Maps, Program, Link]);
}

using System.Net.NetworkInformation;

namespace DemoNetwork;

/// <summary>A network interface of a host, as it was when asked for.</summary>
/// <param name="Name">Its name, for example <c>eth0</c>.</param>
/// <param name="Index">Its number within the host.</param>
/// <param name="Address">Its Ethernet address.</param>
/// <param name="XdpProgramId">The kernel's number of the XDP program on it; <see langword="null"/> if there is none.</param>
public sealed record HostInterface(string Name, int Index, PhysicalAddress Address, uint? XdpProgramId);

using System.Globalization;

namespace EbpfNet.Kernel;

/// <summary>Capabilities of a thread, as the kernel numbers their bits (<c>linux/capability.h</c>).</summary>
[Flags]
internal enum Capabilities : ulong
{
    None = 0,

    /// <summary><c>CAP_NET_ADMIN</c>.</summary>
    NetAdmin = 1UL << 12,

    /// <summary><c>CAP_SYS_ADMIN</c>.</summary>
    SysAdmin = 1UL << 21,

    /// <summary><c>CAP_PERFMON</c>, Linux 5.8.</summary>
    Perfmon = 1UL << 38,

    /// <summary><c>CAP_BPF</c>, Linux 5.8.</summary>
    Bpf = 1UL << 39,
}

/// <summary>What the calling thread may do.</summary>
internal static class OwnCapabilities
{
    private const int BpfBit = 39;
    private const string LastCapability = "/proc/sys/kernel/cap_last_cap";

    /// <summary>Whether this kernel splits CAP_BPF and CAP_PERFMON from CAP_SYS_ADMIN.</summary>
    public static bool AreSplit
    {
        get
        {
            try
            {
                return int.Parse(File.ReadAllText(LastCapability), CultureInfo.InvariantCulture) >= BpfBit;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
            {
                return true; // As on every kernel of today.
            }
        }
    }

    /// <summary>Whether they count for the whole machine, and not only within a user namespace.</summary>
    public static bool AreOfTheInitialNamespace
    {
        get
        {
            try
            {
                // All users there are stand for themselves.
                string[] map = File.ReadAllText("/proc/self/uid_map").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                return map is ["0", "0", "4294967295"];
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return true; // A kernel without user namespaces has just one.
            }
        }
    }

    /// <summary>The effective capabilities, or <see langword="null"/> where /proc does not tell.</summary>
    public static Capabilities? Read()
    {
        try
        {
            foreach (string line in File.ReadLines("/proc/thread-self/status"))
            {
                if (line.StartsWith("CapEff:", StringComparison.Ordinal))
                {
                    return (Capabilities)ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // Without /proc there is nothing to say about capabilities.
        }

        return null;
    }
}

using EbpfNet.Objects;

namespace EbpfNet.Kernel;

/// <summary>An interface that was not found, said well: with those that there are.</summary>
internal static class NetworkDeviceErrors
{
    private const int MaximumListed = 20;

    /// <summary>The interface as messages call it.</summary>
    public static string Describe(string? name, int index) => name is null ? $"with index {index}" : $"'{name}'";

    /// <param name="socket">A socket of the network namespace that was looked in.</param>
    /// <param name="name">The interface's name, or <see langword="null"/> where it was looked up by its index.</param>
    /// <param name="index">Its index.</param>
    /// <param name="operation">What it was for, starting with a verb.</param>
    /// <param name="verdict">The kernel's answer.</param>
    public static BpfException NotFound(NetlinkSocket socket, string? name, int index, string operation, NetlinkVerdict verdict)
    {
        if (verdict.Error is not (BpfErrno.ENODEV or BpfErrno.EINVAL)) // EINVAL: a kernel without alternative names, which are the longer ones.
        {
            return SyscallErrors.Create(verdict.Error, "RTM_GETLINK", operation, null, verdict.Message);
        }

        string[] names = [.. NetworkDevice.List(socket).Select(device => device.Name)];
        string more = names.Length > MaximumListed ? $" and {names.Length - MaximumListed} more" : "";
        string? nearest = name is null ? null : NearestName.Find(name, names);
        string hint = nearest is null ? "" : $" (did you mean '{nearest}'?)";
        return SyscallErrors.Create(
            verdict.Error,
            "RTM_GETLINK",
            operation,
            $"Interface {Describe(name, index)} not found; interfaces in this network namespace: {string.Join(", ", names.Take(MaximumListed))}{more}{hint}",
            verdict.Message);
    }
}

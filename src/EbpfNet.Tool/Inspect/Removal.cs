namespace EbpfNet.Tool.Inspect;

/// <summary>Removes what no link holds, one after the other, whatever becomes of each.</summary>
internal static class Removal
{
    /// <summary>Removes them all and says so.</summary>
    /// <returns>The exit code: a failure if any of them could not be removed.</returns>
    internal static int Remove(IReadOnlyList<Leftover> leftovers)
    {
        int result = CommandLine.Success;
        foreach (Leftover leftover in leftovers)
        {
            try
            {
                leftover.Remove();
                Console.Out.WriteLine($"detached {leftover}");
            }
            catch (BpfSyscallException e) when (e.Error is BpfErrno.ENOENT or BpfErrno.ENODEV or BpfErrno.ESRCH)
            {
                Console.Out.WriteLine(leftover.MayHaveLink ? $"left alone: {leftover}; a link holds it, or it is gone already" : $"gone already: {leftover}");
            }
            catch (BpfException e)
            {
                Console.Error.WriteLine($"ebpfnet: {Facts.Printable(e.Message)}");
                result = CommandLine.Failure;
            }
        }

        Console.Out.Write(leftovers.Count == 0 ? "there is nothing to detach\n" : "");
        return result;
    }

    /// <summary>Removes the queueing discipline of an interface that filters hang on, if none is left there.</summary>
    internal static int RemoveClsact(string interfaceName)
    {
        Console.Out.WriteLine(NetworkAttachments.RemoveEmptyClsact(interfaceName) ? $"removed clsact of {interfaceName}" : $"left alone: clsact of {interfaceName}, which has filters or shares some, or is not there");
        return CommandLine.Success;
    }

    /// <summary>Removes probes whose process is gone. One that is in use is none of those: its process is not seen from here.</summary>
    internal static int RemoveProbes(IReadOnlyList<Leftover> probes)
    {
        Leftover[] unknown = [.. probes.Where(probe => probe.IsOwnerRunning is null)];
        int result = Remove([.. probes.Where(probe => probe.IsOwnerRunning == false)]);
        foreach (Leftover probe in unknown)
        {
            Console.Out.WriteLine($"left alone: {probe}, whose process cannot be seen from this namespace of processes");
        }

        return result;
    }
}

namespace EbpfNet;

/// <summary>The kernel refused a request: says which request, for which object, with which error, and the likely cause.</summary>
public sealed class BpfSyscallException : BpfException
{
    /// <summary>Creates an exception for a refused request.</summary>
    /// <param name="operation">What was being done, starting with a verb: <c>create map 'flows'</c>.</param>
    /// <param name="call">The kernel's name of the request: <c>BPF_MAP_CREATE</c>, <c>RTM_SETLINK</c>, <c>mmap</c>.</param>
    /// <param name="error">The kernel's answer.</param>
    /// <param name="advice">The likely cause and what to do about it, as a sentence without a final full stop, or a question; or <see langword="null"/>.</param>
    /// <param name="kernelMessage">What the kernel said in words (netlink's extended acknowledgement), if it did.</param>
    public BpfSyscallException(string operation, string call, BpfErrno error, string? advice = null, string? kernelMessage = null)
        : base(Describe(operation, call, error, advice, kernelMessage))
    {
        Operation = operation;
        Call = call;
        Error = error;
        Advice = advice;
        KernelMessage = kernelMessage;
    }

    /// <summary>What was being done, starting with a verb and naming the object.</summary>
    public string Operation { get; }

    /// <summary>The kernel's name of the request, for example <c>BPF_MAP_CREATE</c>.</summary>
    public string Call { get; }

    /// <summary>The kernel's answer.</summary>
    public BpfErrno Error { get; }

    /// <summary>The likely cause and what to do about it, when one is known.</summary>
    public string? Advice { get; }

    /// <summary>What the kernel said in words (netlink's extended acknowledgement), if it did.</summary>
    public string? KernelMessage { get; }

    /// <summary>Of a request for many elements, how many were done, from the first on, before this one failed; 0 for other requests.</summary>
    public int CompletedCount { get; internal set; }

    private static string Describe(string operation, string call, BpfErrno error, string? advice, string? kernelMessage)
    {
        string said = kernelMessage is null ? "" : $" (the kernel says: {kernelMessage.Trim().TrimEnd('.')})";
        string end = advice is [.., '?'] ? "" : ".";
        string then = advice is null ? "" : $" {advice}{end}";
        return $"Could not {operation}: {call} failed with {error}{said}.{then}";
    }
}

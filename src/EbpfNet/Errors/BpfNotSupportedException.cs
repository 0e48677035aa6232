namespace EbpfNet;

/// <summary>The running kernel (or this object, or this machine's setup) does not have a feature that was asked for.</summary>
public sealed class BpfNotSupportedException : BpfException
{
    /// <summary>Creates an exception for a missing feature.</summary>
    /// <param name="feature">The feature, as the subject of a sentence: <c>XDP attachment through bpf_link</c>.</param>
    /// <param name="reason">Why it is not there and what to do about it, as a sentence without a final full stop.</param>
    /// <param name="sinceKernel">The first kernel that has it, when that is the point.</param>
    /// <param name="innerException">The refusal that this explains.</param>
    public BpfNotSupportedException(string feature, string reason, Version? sinceKernel = null, Exception? innerException = null)
        : base($"{feature} is not supported here: {reason}.{(sinceKernel is null ? "" : $" It needs Linux {sinceKernel} or later.")}", innerException)
    {
        Feature = feature;
        SinceKernel = sinceKernel;
    }

    /// <summary>The missing feature.</summary>
    public string Feature { get; }

    /// <summary>The first kernel that has it, when known.</summary>
    public Version? SinceKernel { get; }
}

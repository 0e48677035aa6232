namespace EbpfNet.KernelTests;

/// <summary>Skips a test for what this kernel lacks, and for nothing else.</summary>
internal static class Lack
{
    /// <summary>The skip for an error. A kernel that was asked in another way, and has the feature, must not give it.</summary>
    /// <param name="isPresent">Whether the kernel has the feature, as something else than the test has found out.</param>
    /// <param name="error">The error.</param>
    public static SkipException Of(bool isPresent, Exception error)
    {
        Assert.False(isPresent, $"This kernel has it, and yet: {error}");
        return new SkipException(error.Message);
    }
}

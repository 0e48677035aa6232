namespace EbpfNet.Kernel;

/// <summary>What the kernel says it is. Only for requests that have to name it: what it can do is found out by trying.</summary>
internal static class RunningKernel
{
    /// <summary><c>LINUX_VERSION_CODE</c>, which kernels before 5.0 compare with what a kprobe program was made for.</summary>
    public static uint VersionCode { get; } = ToCode(Environment.OSVersion.Version);

    public static uint ToCode(Version version) =>
        ((uint)version.Major << 16) | ((uint)version.Minor << 8) | (uint)Math.Clamp(version.Build, 0, 255);
}

using System.Text;

namespace EbpfNet.Kernel;

/// <summary>Texts that the kernel writes into a buffer of ours.</summary>
internal static unsafe class KernelText
{
    /// <summary>Reads up to the first NUL, or all.</summary>
    public static string Read(byte* text, int length) => Read(new ReadOnlySpan<byte>(text, length));

    /// <summary>Reads up to the first NUL, or all.</summary>
    public static string Read(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}

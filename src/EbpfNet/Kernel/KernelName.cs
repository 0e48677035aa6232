using System.Runtime.CompilerServices;
using System.Text;

namespace EbpfNet.Kernel;

/// <summary><c>char[BPF_OBJ_NAME_LEN]</c>: the 15 characters and the NUL that the kernel keeps of a name.</summary>
[InlineArray(Size)]
internal struct KernelName
{
    public const int Size = 16;

    private byte _first;

    /// <summary>The first 15 bytes of a name; what the kernel does not take in a name (letters, digits, '_' and '.') becomes '_'.</summary>
    public static KernelName From(string? name)
    {
        var result = new KernelName();
        Span<byte> bytes = result;
        int length = Math.Min(name?.Length ?? 0, Size - 1);
        for (int i = 0; i < length; i++)
        {
            char c = name![i];
            bytes[i] = char.IsAsciiLetterOrDigit(c) || c is '_' or '.' ? (byte)c : (byte)'_';
        }

        return result;
    }

    public override readonly string ToString()
    {
        ReadOnlySpan<byte> bytes = this;
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}

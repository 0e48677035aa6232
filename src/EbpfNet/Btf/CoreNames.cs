namespace EbpfNet.Btf;

/// <summary>
/// Names as CO-RE compares them: <c>task_struct___old</c> is a flavour of <c>task_struct</c>, a second description of one kernel type, and what
/// follows the three underscores does not count.
/// </summary>
internal static class CoreNames
{
    private static ReadOnlySpan<byte> Separator => "___"u8;

    /// <summary>A name without its flavour: what stands before the last three underscores that have something else on both sides.</summary>
    public static ReadOnlySpan<byte> Essential(ReadOnlySpan<byte> name)
    {
        for (int end = name.Length; (end = name[..end].LastIndexOf(Separator)) > 0; end += Separator.Length - 1)
        {
            if (name[end - 1] != (byte)'_' && end + Separator.Length < name.Length && name[end + Separator.Length] != (byte)'_')
            {
                return name[..end];
            }
        }

        return name;
    }

    /// <summary>Whether two names are flavours of one.</summary>
    public static bool Match(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => Essential(left).SequenceEqual(Essential(right));
}

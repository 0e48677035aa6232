using System.Globalization;

namespace EbpfNet;

/// <summary>Names of places in kernel functions: <c>tcp_close</c>, <c>tcp_close+0x10</c>.</summary>
internal static class KprobeTarget
{
    public static string Format(string function, ulong offset) => offset == 0 ? function : string.Create(CultureInfo.InvariantCulture, $"{function}+0x{offset:x}");

    /// <summary>Takes <c>function</c> or <c>function+offset</c> apart, the offset decimal or hexadecimal with 0x.</summary>
    public static bool TryParse(string text, out string function, out ulong offset)
    {
        int plus = text.LastIndexOf('+');
        (function, offset) = (plus < 0 ? text : text[..plus], 0);
        return function.Length > 0 && (plus < 0 || TryParseNumber(text.AsSpan(plus + 1), out offset));
    }

    public static bool TryParseNumber(ReadOnlySpan<char> text, out ulong number) =>
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

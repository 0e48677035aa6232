using System.Globalization;
using EbpfNet.Btf;

namespace EbpfNet;

/// <summary>Lines of the source in a listing, as comments: each once, where it changes.</summary>
internal static class SourceLines
{
    /// <summary>For example <c>; count++; @ flow.bpf.c:12</c>.</summary>
    public static string Format(BtfLineInfo line)
    {
        string text = line.Text.Trim();
        string place = string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(line.FileName)}:{line.Line}");
        return text.Length == 0 ? $"; @ {place}" : $"; {text} @ {place}";
    }
}

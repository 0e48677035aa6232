using System.Text;

namespace EbpfNet.Tool.Generate;

/// <summary>C# text with its indentation; lines end alike on every system, so that the same object gives the same bytes.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder _text = new();
    private int _depth;

    public void Line(string text = "")
    {
        if (text.Length != 0)
        {
            _text.Append(' ', _depth * 4).Append(text);
        }

        _text.Append('\n');
    }

    /// <summary>A declaration or statement, and the brace behind it.</summary>
    public void Open(string header)
    {
        Line(header);
        Line("{");
        _depth++;
    }

    public void Close()
    {
        _depth--;
        Line("}");
    }

    /// <summary>An empty line before the next member, unless it is the first.</summary>
    public void Separate()
    {
        if (!_text.ToString(Math.Max(0, _text.Length - 2), Math.Min(2, _text.Length)).EndsWith("{\n", StringComparison.Ordinal))
        {
            Line();
        }
    }

    /// <param name="xml">The text, escaped already.</param>
    public void Summary(string xml) => Line($"/// <summary>{xml}</summary>");

    public override string ToString() => _text.ToString();
}

using System.Text;

namespace EbpfNet.Tool.Generate;

/// <summary>Names of C as .NET spells them.</summary>
internal static class DotNetNames
{
    private const int MaxLength = 100;

    /// <summary>A name of C in .NET's casing: <c>flow_key</c> and <c>FLOW_KEY</c> become <c>FlowKey</c>. Always an identifier, and never a keyword: those are in lower case.</summary>
    public static string Pascal(string name) => Join(Words(name));

    /// <summary>The name of a typedef, whose <c>_t</c> says nothing to C#.</summary>
    public static string PascalTypedef(string name) => Pascal(name.Length > 2 && name.EndsWith("_t", StringComparison.Ordinal) ? name[..^2] : name);

    /// <summary>The namespace of a project that says none, as .NET's templates make it of the project's name: <c>my-app.1</c> becomes <c>my_app._1</c>.</summary>
    public static string Namespace(string project) => string.Join('.', project.Split('.').Select(part =>
    {
        string name = string.Concat(part.Select(c => char.IsLetterOrDigit(c) ? c : '_'));
        return name.Length == 0 || char.IsDigit(name[0]) || CSharpKeywords.Contains(name) ? "_" + name : name;
    }));

    /// <summary>The parts between underscores, each with a capital. A name all in capitals is taken for a constant's.</summary>
    public static List<string> Words(string name)
    {
        bool isConstant = !name.Any(char.IsLower);
        List<string> words = [];
        var word = new StringBuilder();
        foreach (char c in name.Append('_'))
        {
            if (char.IsLetterOrDigit(c))
            {
                word.Append(word.Length == 0 ? char.ToUpperInvariant(c) : isConstant ? char.ToLowerInvariant(c) : c);
            }
            else if (word.Length != 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }
        }

        return words;
    }

    public static string Join(IReadOnlyList<string> words)
    {
        var text = new StringBuilder();
        foreach (string word in words)
        {
            // a_1_2 and a_12 stay apart.
            bool between = text.Length != 0 && char.IsDigit(text[^1]) && char.IsDigit(word[0]);
            text.Append(between ? "_" : "").Append(word);
        }

        string name = text.Length == 0 ? "Unnamed" : text.ToString(0, Math.Min(text.Length, MaxLength));
        return char.IsLetter(name[0]) && char.IsUpper(name[0]) ? name : "_" + name;
    }

    /// <summary>Text for an XML comment: one line, escaped.</summary>
    public static string Xml(string text)
    {
        var xml = new StringBuilder(text.Length);
        foreach (char c in text)
        {
            _ = c switch
            {
                '<' => xml.Append("&lt;"),
                '>' => xml.Append("&gt;"),
                '&' => xml.Append("&amp;"),
                _ when char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or '\uFFFE' or '\uFFFF' => xml.Append('?'),
                _ => xml.Append(c),
            };
        }

        return xml.ToString();
    }

    /// <summary>A string as C# writes it.</summary>
    public static string Literal(string text)
    {
        var literal = new StringBuilder("\"");
        foreach (char c in text)
        {
            _ = c is '"' or '\\' ? literal.Append('\\').Append(c) : c is >= ' ' and <= '~' ? literal.Append(c) : literal.Append($"\\u{(int)c:x4}");
        }

        return literal.Append('"').ToString();
    }
}

namespace EbpfNet;

/// <summary>Patterns of function names: <c>*</c> stands for any characters, <c>?</c> for one.</summary>
internal static class Glob
{
    public static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');

    /// <summary>Whether a name is of a pattern's form, letter by letter.</summary>
    public static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int at = 0;
        int star = -1;
        int taken = 0;
        for (int i = 0; i < name.Length;)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                (star, taken) = (at++, i); // For now it stands for nothing.
            }
            else if (at < pattern.Length && (pattern[at] == '?' || pattern[at] == name[i]))
            {
                at++;
                i++;
            }
            else if (star >= 0)
            {
                (at, i) = (star + 1, ++taken); // For one character more. Only the last star is ever gone back to.
            }
            else
            {
                return false;
            }
        }

        return pattern[at..].TrimStart('*').IsEmpty;
    }
}

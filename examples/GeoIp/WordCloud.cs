using System.Globalization;
using System.Text;
using ExampleHost;

namespace GeoIp;

/// <summary>The words that were submitted. Bounded: those that were longest not submitted are forgotten. Thread-safe.</summary>
internal sealed class WordCloud
{
    /// <summary>How long a word may be, in characters as people see them.</summary>
    internal const int LongestWord = 32;

    private const int MaxWords = 4096;
    private const int Shown = 200;
    private const int ZeroWidthJoiner = 0x200D;
    private const int EmojiPresentation = 0xFE0F;

    // Letters and symbols that are drawn as nothing: fillers of Hangul, and the Braille pattern without dots.
    private static readonly int[] Blanks = [0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800];

    private readonly Lock _lock = new();
    private readonly LeastRecentlyUsed<string, long> _words = new(MaxWords);

    /// <summary>Grows with every word.</summary>
    public long Version { get; private set; }

    /// <summary>How many words had to make room for others.</summary>
    public long Forgotten
    {
        get
        {
            lock (_lock)
            {
                return _words.Evictions;
            }
        }
    }

    /// <summary>Adds a word.</summary>
    /// <returns>Whether it is one: not empty, not too long, and people can see it.</returns>
    public bool TryAdd(string word)
    {
        // A letter may have any number of marks above it: they are no reason to remember a book.
        if (word.Length is 0 or > 4 * LongestWord || new StringInfo(word).LengthInTextElements > LongestWord || !IsVisible(word))
        {
            return false;
        }

        lock (_lock)
        {
            _words[word]++;
            Version++;
        }

        return true;
    }

    /// <summary>The words that were submitted most often, the first ones first.</summary>
    public IReadOnlyList<WordCount> Read()
    {
        lock (_lock)
        {
            return [.. _words.Entries.Select(entry => new WordCount(entry.Key, entry.Value)).OrderByDescending(word => word.Count).ThenBy(word => word.Word, StringComparer.Ordinal).Take(Shown)];
        }
    }

    /// <summary>Whether there is something to see, and nothing that is meant for machines: what turns the direction, what has no width, what nobody has given a meaning to.</summary>
    private static bool IsVisible(string word)
    {
        Rune[] runes = [.. word.EnumerateRunes()];
        for (int i = 0; i < runes.Length; i++)
        {
            bool refused = Rune.GetUnicodeCategory(runes[i]) switch
            {
                UnicodeCategory.Control or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => true,
                UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
                UnicodeCategory.Format => !JoinsEmoji(runes, i),
                _ => runes[i] == Rune.ReplacementChar, // half of a surrogate pair, among others
            };
            if (refused)
            {
                return false;
            }
        }

        return runes.Any(rune => !Blanks.Contains(rune.Value) && (Rune.IsLetterOrDigit(rune) || Rune.IsNumber(rune) || Rune.IsPunctuation(rune) || Rune.IsSymbol(rune)));
    }

    /// <summary>A family is several people with joiners between them.</summary>
    private static bool JoinsEmoji(Rune[] runes, int at)
        => runes[at].Value == ZeroWidthJoiner && at > 0 && at + 1 < runes.Length && (runes[at - 1].Value == EmojiPresentation || Rune.IsSymbol(runes[at - 1])) && Rune.IsSymbol(runes[at + 1]);
}

using System.Globalization;
using ExampleHost;

namespace GeoIp;

/// <summary>The words that were submitted. Bounded: those that were longest not submitted are forgotten. Thread-safe.</summary>
internal sealed class WordCloud
{
    /// <summary>How long a word may be, in characters as people see them.</summary>
    internal const int LongestWord = 32;

    private const int MaxWords = 4096;
    private const int Shown = 200;

    private readonly Lock _lock = new();
    private readonly LeastRecentlyUsed<string, long> _words = new(MaxWords);

    /// <summary>Grows with every word.</summary>
    public long Version { get; private set; }

    /// <summary>Adds a word.</summary>
    /// <returns>Whether it is one: not empty, not too long, without control characters.</returns>
    public bool TryAdd(string word)
    {
        // A letter may have any number of marks above it: they are no reason to remember a book.
        if (word.Length is 0 or > 4 * LongestWord || new StringInfo(word).LengthInTextElements > LongestWord || word.Any(char.IsControl) || word.Trim().Length == 0)
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
}

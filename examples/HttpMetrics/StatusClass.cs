using System.Globalization;

namespace HttpMetrics;

/// <summary>The classes of status that responses are counted in.</summary>
internal static class StatusClass
{
    internal const int Count = 6;

    /// <summary>What figures call a class: by its first digit, 0 standing for all that HTTP does not know.</summary>
    internal static string NameOf(int digit) => digit == 0 ? "other" : string.Create(CultureInfo.InvariantCulture, $"{digit}xx");
}

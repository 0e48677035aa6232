using System.Globalization;
using System.Text;

namespace TcpProxy;

/// <summary>A port, or several: <c>8080</c>, <c>"8000-8099"</c>.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last.</param>
internal readonly record struct PortRange(int First, int Last)
{
    internal static PortRange? Parse(string text)
        => text.Split('-') is [var from, var to] && ParsePort(from) is { } first && ParsePort(to) is { } last && first <= last ? new PortRange(first, last) : null;

    internal static int? ParsePort(ReadOnlySpan<char> text) => ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0 ? port : null;
}

/// <summary>Where a target listens: <c>"192.0.2.1:80"</c>, <c>"[2001:db8::1]:80"</c>, <c>"name:80"</c>.</summary>
/// <param name="Host">An address, or a name to look up.</param>
/// <param name="Port">The port.</param>
internal sealed record TargetAddress(string Host, int Port)
{
    internal static TargetAddress? Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? "" : text[..colon];
        if (host is ['[', .., ']'])
        {
            host = host[1..^1];
        }
        else if (host.Contains(':'))
        {
            return null; // an IPv6 address without brackets: where does it end?
        }

        return PortRange.ParsePort(text.AsSpan(colon + 1)) is { } port && Uri.CheckHostName(host) is not UriHostNameType.Unknown ? new TargetAddress(host, port) : null;
    }

    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>An app's name.</summary>
internal static class AppName
{
    internal const int MaxBytes = 63;

    internal static bool IsValid(string name) => name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= MaxBytes && !name.Any(c => char.IsControl(c) || c is '"' or '\\');
}

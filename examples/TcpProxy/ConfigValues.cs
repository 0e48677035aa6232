using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TcpProxy;

/// <summary>An app's name.</summary>
/// <param name="Text">The name.</param>
/// <param name="Offset">Where in the file it stands.</param>
[JsonConverter(typeof(ConfigNameConverter))]
internal readonly record struct ConfigName(string Text, long Offset);

/// <summary>A port, or several: <c>8080</c>, <c>"8000-8099"</c>.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last.</param>
/// <param name="Offset">Where in the file it stands.</param>
[JsonConverter(typeof(PortRangeConverter))]
internal readonly record struct PortRange(int First, int Last, long Offset);

/// <summary>Where a target listens: <c>"192.0.2.1:80"</c>, <c>"[2001:db8::1]:80"</c>, <c>"name:80"</c>.</summary>
/// <param name="Host">An address, or a name to look up.</param>
/// <param name="Port">The port.</param>
[JsonConverter(typeof(TargetAddressConverter))]
internal sealed record TargetAddress(string Host, int Port)
{
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

internal sealed class ConfigNameConverter : JsonConverter<ConfigName>
{
    private const int LongestName = 63;

    public override ConfigName Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string? name = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return name is { Length: > 0 } && Encoding.UTF8.GetByteCount(name) <= LongestName && !name.Any(c => char.IsControl(c) || c is '"' or '\\')
            ? new ConfigName(name, reader.TokenStartIndex)
            : throw new JsonException($"an app's name has 1 to {LongestName} bytes, without quotes.");
    }

    public override void Write(Utf8JsonWriter writer, ConfigName value, JsonSerializerOptions options) => writer.WriteStringValue(value.Text);
}

internal sealed class PortRangeConverter : JsonConverter<PortRange>
{
    public override PortRange Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetUInt16(out ushort single) && single > 0)
        {
            return new PortRange(single, single, reader.TokenStartIndex);
        }

        return reader.TokenType == JsonTokenType.String && reader.GetString()!.Split('-') is [var from, var to] && TryParse(from, out int first) && TryParse(to, out int last) && first <= last
            ? new PortRange(first, last, reader.TokenStartIndex)
            : throw new JsonException("a port is a number from 1 to 65535, or several as \"8000-8099\".");
    }

    public override void Write(Utf8JsonWriter writer, PortRange value, JsonSerializerOptions options)
    {
        if (value.First == value.Last)
        {
            writer.WriteNumberValue(value.First);
        }
        else
        {
            writer.WriteStringValue($"{value.First}-{value.Last}");
        }
    }

    private static bool TryParse(string text, out int port) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue;
}

internal sealed class TargetAddressConverter : JsonConverter<TargetAddress>
{
    public override TargetAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        string text = reader.TokenType == JsonTokenType.String ? reader.GetString()! : "";
        int colon = text.LastIndexOf(':');
        string host = colon < 0 ? "" : text[..colon];
        if (host is ['[', .., ']'])
        {
            host = host[1..^1];
        }
        else if (host.Contains(':'))
        {
            host = ""; // an IPv6 address without brackets: where does it end?
        }

        return ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0 && Uri.CheckHostName(host) is not UriHostNameType.Unknown
            ? new TargetAddress(host, port)
            : throw new JsonException($"'{text}' is no target: write ADDRESS:PORT, [IPV6]:PORT or NAME:PORT.");
    }

    public override void Write(Utf8JsonWriter writer, TargetAddress value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

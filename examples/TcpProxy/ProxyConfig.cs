using System.Text.Json;
using System.Text.Json.Serialization;
using ExampleHost;

namespace TcpProxy;

/// <summary><c>config.json</c>: which apps there are.</summary>
internal sealed record ProxyConfig
{
    /// <summary>The program has room for so many.</summary>
    internal const int MaxApps = 1024;

    public required IReadOnlyList<AppConfig> Apps { get; init; }

    /// <summary>Reads the file.</summary>
    /// <exception cref="FileErrorException">A line is wrong, or the file cannot be read.</exception>
    internal static ProxyConfig Read(string path)
    {
        try
        {
            return Parse(path, File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FileErrorException(path, 0, $"cannot be read: {e.Message}");
        }
    }

    /// <summary>Reads its text.</summary>
    /// <param name="path">What errors call it.</param>
    /// <param name="text">The text, in UTF-8.</param>
    internal static ProxyConfig Parse(string path, ReadOnlySpan<byte> text)
    {
        ProxyConfig config;
        try
        {
            config = JsonSerializer.Deserialize(text, ConfigJson.Default.ProxyConfig) ?? throw new FileErrorException(path, 1, "is to hold { \"Apps\": [...] }.");
        }
        catch (JsonException e)
        {
            int end = e.Message.IndexOf(" Path: ", StringComparison.Ordinal); // what follows is for programmers
            throw new FileErrorException(path, (int)(e.LineNumber ?? 0) + 1, end < 0 ? e.Message : e.Message[..end]);
        }

        Check(path, text, config);
        return config;
    }

    private static void Check(string path, ReadOnlySpan<byte> text, ProxyConfig config)
    {
        Dictionary<string, string> names = [];
        Dictionary<int, string> ports = [];
        foreach (AppConfig app in config.Apps)
        {
            if (!names.TryAdd(app.Name.Text, app.Name.Text))
            {
                throw new FileErrorException(path, LineOf(text, app.Name.Offset), $"there are two apps '{app.Name.Text}'.");
            }

            if (names.Count > MaxApps)
            {
                throw new FileErrorException(path, LineOf(text, app.Name.Offset), $"there is room for {MaxApps} apps.");
            }

            foreach (PortRange range in app.Ports)
            {
                for (int port = range.First; port <= range.Last; port++)
                {
                    if (!ports.TryAdd(port, app.Name.Text))
                    {
                        throw new FileErrorException(path, LineOf(text, range.Offset), $"port {port} is app '{ports[port]}''s already.");
                    }
                }
            }
        }
    }

    private static int LineOf(ReadOnlySpan<byte> text, long offset) => text[..(int)offset].Count((byte)'\n') + 1;
}

/// <summary>An app: connections to one of its ports go to one of its targets.</summary>
internal sealed record AppConfig
{
    public required ConfigName Name { get; init; }

    public required IReadOnlyList<PortRange> Ports { get; init; }

    public required IReadOnlyList<TargetAddress> Targets { get; init; }
}

[JsonSourceGenerationOptions(
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    RespectNullableAnnotations = true,
    PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(ProxyConfig))]
internal sealed partial class ConfigJson : JsonSerializerContext;

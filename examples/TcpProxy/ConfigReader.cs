using System.Net;
using System.Text.Json;
using ExampleHost;

namespace TcpProxy;

/// <summary>Reads the configuration's text. Whatever is wrong with it is told with its line.</summary>
internal ref struct ConfigReader
{
    private readonly string _path;
    private readonly ReadOnlySpan<byte> _text;
    private readonly Dictionary<int, string> _ports = []; // whose they are
    private readonly List<(TargetAddress Target, long At)> _targets = [];
    private Utf8JsonReader _json;

    public ConfigReader(string path, ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF]; // some editors begin a file with it
        _path = path;
        _text = text.StartsWith(mark) ? text[3..] : text;
        _json = new Utf8JsonReader(_text, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
    }

    /// <summary>Reads it.</summary>
    /// <param name="isOwn">Whether an address is this machine's.</param>
    /// <exception cref="FileErrorException">It is wrong.</exception>
    public ProxyConfig Read(Func<IPAddress, bool> isOwn)
    {
        try
        {
            List<AppConfig>? apps = null;
            _json.Read();
            Expect(JsonTokenType.StartObject, "the file is to hold { \"Apps\": [...] }.");
            while (NextProperty() is { } name)
            {
                apps = Is(name, "Apps", apps) ? ReadApps() : throw Wrong($"'{name}' is nothing that the file may hold: only Apps is.");
            }

            _json.Read(); // nothing follows
            CheckTargets(isOwn);
            return new ProxyConfig(apps ?? throw new FileErrorException(_path, 1, "the file is to hold { \"Apps\": [...] }."));
        }
        catch (JsonException e)
        {
            int end = e.Message.IndexOf(" LineNumber: ", StringComparison.Ordinal);
            throw new FileErrorException(_path, (int)(e.LineNumber ?? 0) + 1, end < 0 ? e.Message : e.Message[..end]);
        }
        catch (InvalidOperationException) // a string that is no UTF-8, or half a character
        {
            throw Wrong("this is no valid text.");
        }
    }

    private List<AppConfig> ReadApps()
    {
        const string Expected = "Apps is a list: [{ \"Name\": ..., \"Ports\": [...], \"Targets\": [...] }, ...].";
        List<AppConfig> apps = [];
        HashSet<string> names = [];
        Expect(JsonTokenType.StartArray, Expected);
        while (NextElement())
        {
            Expect(JsonTokenType.StartObject, Expected);
            apps.Add(ReadApp(names));
        }

        return apps;
    }

    private AppConfig ReadApp(HashSet<string> names)
    {
        long at = _json.TokenStartIndex;
        string? appName = null;
        List<PortRange>? ports = null;
        List<TargetAddress>? targets = null;
        List<(PortRange, long)> ranges = [];
        while (NextProperty() is { } name)
        {
            if (Is(name, "Name", appName))
            {
                appName = ReadName(names);
            }
            else if (Is(name, "Ports", ports))
            {
                ports = ReadPorts(ranges);
            }
            else
            {
                targets = Is(name, "Targets", targets) ? ReadTargets() : throw Wrong($"'{name}' is nothing that an app has: that is Name, Ports and Targets.");
            }
        }

        string? missing = appName is null ? "Name" : ports is null ? "Ports" : targets is null ? "Targets" : null;
        if (missing is not null)
        {
            throw Wrong($"this app has no {missing}.", at);
        }

        foreach ((PortRange range, long place) in ranges)
        {
            for (int port = range.First; port <= range.Last; port++)
            {
                if (!_ports.TryAdd(port, appName!))
                {
                    throw Wrong($"port {port} is app '{_ports[port]}''s already.", place);
                }
            }
        }

        return new AppConfig(appName!, ports!, targets!);
    }

    private string ReadName(HashSet<string> names)
    {
        string? name = ReadString();
        if (name is null || !AppName.IsValid(name))
        {
            throw Wrong($"an app's name has 1 to {AppName.MaxBytes} bytes, without quotes.");
        }

        return !names.Add(name) ? throw Wrong($"there are two apps '{name}'.") : names.Count > ProxyConfig.MaxApps ? throw Wrong($"there is room for {ProxyConfig.MaxApps} apps.") : name;
    }

    private List<PortRange> ReadPorts(List<(PortRange Range, long At)> ranges)
    {
        const string Expected = "a port is a number from 1 to 65535, or several as \"8000-8099\", in a list.";
        Expect(JsonTokenType.StartArray, Expected);
        while (NextElement())
        {
            PortRange? range = _json.TokenType == JsonTokenType.Number && _json.TryGetUInt16(out ushort port) && port > 0 ? new PortRange(port, port) : ReadString() is { } text ? PortRange.Parse(text) : null;
            ranges.Add((range ?? throw Wrong(Expected), _json.TokenStartIndex));
        }

        return [.. ranges.Select(one => one.Range)];
    }

    private List<TargetAddress> ReadTargets()
    {
        const string Expected = "write ADDRESS:PORT, [IPV6]:PORT or NAME:PORT, in quotes and in a list.";
        List<TargetAddress> targets = [];
        Expect(JsonTokenType.StartArray, $"Targets are told wrongly: {Expected}");
        while (NextElement())
        {
            string text = ReadString() ?? throw Wrong($"this is no target: {Expected}");
            TargetAddress target = TargetAddress.Parse(text) ?? throw Wrong($"'{text}' is no target: {Expected}");
            _targets.Add((target, _json.TokenStartIndex));
            targets.Add(target);
        }

        return targets;
    }

    /// <summary>A connection to the proxy itself would go round for ever.</summary>
    private readonly void CheckTargets(Func<IPAddress, bool> isOwn)
    {
        foreach ((TargetAddress target, long at) in _targets)
        {
            if (_ports.TryGetValue(target.Port, out string? app) && (target.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(target.Host, out IPAddress? address) && isOwn(address))))
            {
                throw Wrong($"'{target}' is this proxy itself: port {target.Port} is app '{app}''s.", at);
            }
        }
    }

    /// <summary>The next property's name, with the reader at its value; nothing at the object's end.</summary>
    private string? NextProperty()
    {
        _json.Read();
        if (_json.TokenType == JsonTokenType.EndObject)
        {
            return null;
        }

        string name = _json.GetString()!;
        _json.Read();
        return name;
    }

    private bool NextElement() => _json.Read() && _json.TokenType != JsonTokenType.EndArray;

    private readonly string? ReadString() => _json.TokenType == JsonTokenType.String ? _json.GetString() : null;

    private readonly bool Is(string name, string wanted, object? before)
        => name.Equals(wanted, StringComparison.OrdinalIgnoreCase) && (before is null ? true : throw Wrong($"{wanted} is told twice."));

    private readonly void Expect(JsonTokenType type, string expected)
    {
        if (_json.TokenType != type)
        {
            throw Wrong(expected);
        }
    }

    private readonly FileErrorException Wrong(string message) => Wrong(message, _json.TokenStartIndex);

    private readonly FileErrorException Wrong(string message, long at) => new(_path, _text[..(int)at].Count((byte)'\n') + 1, message);
}

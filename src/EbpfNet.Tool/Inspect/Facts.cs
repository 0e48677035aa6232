using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EbpfNet.Tool.Inspect;

/// <summary>What is known of one thing, in an order: for a row of a table, for lines, or for a line of JSON.</summary>
internal sealed class Facts
{
    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<(string Name, object? Value)> _facts = [];

    /// <summary>Whether the names are shown where these facts are within others.</summary>
    public bool WithNames { get; init; }

    /// <summary>Adds a fact. Values are text, numbers, booleans, times, lists of numbers or texts, and lists of facts.</summary>
    public Facts Add(string name, object? value)
    {
        _facts.Add((name, value));
        return this;
    }

    /// <summary>A fact as text; empty where it is not known.</summary>
    public string this[string name] => _facts.Find(fact => fact.Name == name) is { Value: { } value } ? ToText(value) : "";

    /// <summary>One line for each fact that is known.</summary>
    public string ToLines()
    {
        (string Name, string Text)[] known = [.. _facts.Select(fact => (fact.Name, Text: fact.Value is null ? "" : ToText(fact.Value))).Where(fact => fact.Text.Length > 0)];
        int width = known.Max(fact => fact.Name.Length);
        StringBuilder text = new();
        foreach ((string name, string value) in known)
        {
            text.AppendLine($"{name.Replace('_', ' ').PadRight(width)}  {value}");
        }

        return text.ToString();
    }

    /// <summary>One line of JSON, in which what is not known is null.</summary>
    public string ToJson()
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter writer = new(bytes, JsonOptions))
        {
            Write(writer);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <summary>The facts within another: <c>dotnet 2093</c>, or with their names <c>Int 15, Struct 7</c>.</summary>
    public override string ToString() => WithNames
        ? string.Join(", ", _facts.Select(fact => $"{fact.Name} {(fact.Value is null ? "-" : ToText(fact.Value))}"))
        : string.Join(' ', _facts.Select(fact => fact.Value is null ? "" : ToText(fact.Value)).Where(text => text.Length > 0));

    /// <summary>A text without what would steer a terminal: names of processes, files and interfaces are whatever somebody made them.</summary>
    internal static string Printable(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter)) : text;

    private static string ToText(object value) => value switch
    {
        string text => Printable(text),
        bool yes => yes ? "yes" : "no",
        DateTimeOffset time => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        IEnumerable<uint> numbers => string.Join(',', numbers),
        IEnumerable<object> things => string.Join(", ", things),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach ((string name, object? value) in _facts)
        {
            writer.WritePropertyName(name);
            Write(writer, value);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case null:
                writer.WriteNullValue();
                break;
            case string text:
                writer.WriteStringValue(text);
                break;
            case bool yes:
                writer.WriteBooleanValue(yes);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case uint number:
                writer.WriteNumberValue(number);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case ulong number:
                writer.WriteNumberValue(number);
                break;
            case double number:
                writer.WriteNumberValue(number);
                break;
            case DateTimeOffset time:
                writer.WriteStringValue(time);
                break;
            case Facts facts:
                facts.Write(writer);
                break;
            case IEnumerable<uint> numbers:
                writer.WriteStartArray();
                foreach (uint number in numbers)
                {
                    writer.WriteNumberValue(number);
                }

                writer.WriteEndArray();
                break;
            case IEnumerable<object> things:
                writer.WriteStartArray();
                foreach (object thing in things)
                {
                    Write(writer, thing);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteStringValue(ToText(value));
                break;
        }
    }
}

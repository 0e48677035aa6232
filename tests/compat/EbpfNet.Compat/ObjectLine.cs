using System.Text.Json;

namespace EbpfNet.Compat;

/// <summary>What one loader made of one object: a line as <c>ebpfnet check --each --json</c> writes it.</summary>
internal sealed record ObjectLine(string Object, string Open, string LoadAll, IReadOnlyDictionary<string, string> LoadEach, IReadOnlyDictionary<string, SubmittedProgram> Programs, string? Error)
{
    internal const string Ok = "ok";

    /// <summary>Reads a file of lines.</summary>
    /// <returns>The objects by their paths.</returns>
    internal static Dictionary<string, ObjectLine> ReadFile(string path) => File.ReadLines(path).Where(line => line.Length > 0).Select(Parse).ToDictionary(line => line.Object);

    private static ObjectLine Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        return new ObjectLine(
            root.GetProperty("object").GetString()!,
            root.GetProperty("open").GetString()!,
            root.GetProperty("load_all").GetString()!,
            root.GetProperty("load_each").EnumerateObject().ToDictionary(program => program.Name, program => program.Value.GetString()!),
            root.GetProperty("programs").EnumerateObject().ToDictionary(program => program.Name, program => SubmittedProgram.Read(program.Value)),
            root.GetProperty("error").GetString());
    }
}

/// <summary>A program as the kernel was given it.</summary>
/// <param name="Section">Its section.</param>
/// <param name="Type">Its type.</param>
/// <param name="Instructions">How many slots it had; <see langword="null"/> when it did not get as far as the kernel.</param>
/// <param name="Fingerprint">The hash of them.</param>
internal sealed record SubmittedProgram(string Section, string Type, int? Instructions, string? Fingerprint)
{
    internal static SubmittedProgram Read(JsonElement json)
    {
        JsonElement instructions = json.GetProperty("instructions");
        return new SubmittedProgram(
            json.GetProperty("section").GetString()!,
            json.GetProperty("type").GetString()!,
            instructions.ValueKind == JsonValueKind.Null ? null : instructions.GetInt32(),
            json.GetProperty("fingerprint").GetString());
    }
}

using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EbpfNet.Tool.Check;

/// <summary>A report as one line of JSON. The form is documented in the README: other programs read it.</summary>
internal static class ReportJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string Write(ObjectReport report)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter writer = new(bytes, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("object", report.Path);
            writer.WriteString("open", report.Open);
            writer.WriteString("load_all", report.LoadAll);
            writer.WriteStartObject("load_each");
            foreach ((string program, string verdict) in report.LoadEach)
            {
                writer.WriteString(program, verdict);
            }

            writer.WriteEndObject();
            writer.WriteStartObject("programs");
            foreach ((string name, ProgramReport program) in report.Programs)
            {
                Write(writer, name, program);
            }

            writer.WriteEndObject();
            writer.WriteString("error", report.Reasons is [var (_, reason), ..] ? reason : null);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static void Write(Utf8JsonWriter writer, string name, ProgramReport program)
    {
        writer.WriteStartObject(name);
        writer.WriteString("section", program.Section);
        writer.WriteString("type", program.Type);
        if (program.Instructions is { } instructions)
        {
            writer.WriteNumber("instructions", instructions);
        }
        else
        {
            writer.WriteNull("instructions");
        }

        writer.WriteString("fingerprint", program.Fingerprint);
        writer.WriteEndObject();
    }
}

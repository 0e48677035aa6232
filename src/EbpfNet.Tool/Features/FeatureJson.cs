using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EbpfNet.Tool.Features;

/// <summary>A report as one line of JSON. The form is documented in the README: other programs read it.</summary>
internal static class FeatureJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string Write(FeatureReport report)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter writer = new(bytes, Options))
        {
            writer.WriteStartObject();
            WriteKernel(writer, report.Settings);
            foreach (FeatureGroup group in report.Groups)
            {
                Write(writer, group);
            }

            if (report.Helpers.Count > 0)
            {
                writer.WriteStartObject("helpers");
                foreach (FeatureGroup group in report.Helpers)
                {
                    Write(writer, group);
                }

                writer.WriteEndObject();
            }

            writer.WriteStartObject("reasons");
            foreach (FeatureGroup group in report.Groups)
            {
                WriteReasons(writer, group, group.Name);
            }

            foreach (FeatureGroup group in report.Helpers)
            {
                WriteReasons(writer, group, $"helpers.{group.Name}");
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private static void WriteReasons(Utf8JsonWriter writer, FeatureGroup group, string path)
    {
        foreach ((string name, FeatureSupport support) in group.Answers)
        {
            if (support.Reason is { } reason)
            {
                writer.WriteString($"{path}.{name}", reason);
            }
        }
    }

    private static void WriteKernel(Utf8JsonWriter writer, KernelSettings settings)
    {
        writer.WriteStartObject("kernel");
        writer.WriteString("release", settings.Release);
        writer.WriteString("version", settings.Version.ToString());
        Write(writer, "unprivileged", settings.AllowsUnprivileged);
        Write(writer, "jit", settings.UsesJit);
        Write(writer, "jit_hardened", settings.HardensJit);
        Write(writer, "statistics", settings.CollectsStatistics);
        writer.WriteString("lockdown", settings.Lockdown?.ToString().ToLowerInvariant());
        if (settings.SecurityModules is null)
        {
            writer.WriteNull("security_modules");
        }
        else
        {
            writer.WriteStartArray("security_modules");
            foreach (string module in settings.SecurityModules)
            {
                writer.WriteStringValue(module);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, FeatureGroup group)
    {
        writer.WriteStartObject(group.Name);
        foreach ((string name, FeatureSupport support) in group.Answers)
        {
            writer.WriteString(name, support.State switch
            {
                FeatureState.Present => "yes",
                FeatureState.Missing => "no",
                _ => "unknown",
            });
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, bool? value)
    {
        if (value is { } known)
        {
            writer.WriteBoolean(name, known);
        }
        else
        {
            writer.WriteNull(name);
        }
    }
}

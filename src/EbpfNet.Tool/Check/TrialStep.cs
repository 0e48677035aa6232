using System.Text.Json;
using System.Text.Json.Serialization;

namespace EbpfNet.Tool.Check;

/// <summary>What a trial has found out, told at once: so that it is known although the trial may end badly.</summary>
/// <param name="Kind">What this is about.</param>
/// <param name="Program">Which program, where it is one.</param>
/// <param name="Verdict"><c>ok</c>, the name of an error code, or a kind of failure.</param>
/// <param name="Reason">Why, in sentences.</param>
internal sealed record TrialStep(StepKind Kind, string? Program = null, string? Verdict = null, string? Reason = null)
{
    /// <summary>The program's section.</summary>
    public string? Section { get; init; }

    /// <summary>The program's type.</summary>
    public string? Type { get; init; }

    /// <summary>Whether loading the object loads the program.</summary>
    public bool AutoLoad { get; init; }

    /// <summary>How many slots of 8 bytes the kernel was given.</summary>
    public int? Instructions { get; init; }

    /// <summary>The hash of what the kernel was given.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Writes a step as a line.</summary>
    public static void Write(Stream output, TrialStep step)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(step, TrialStepJson.Default.TrialStep), (byte)'\n'];
        output.Write(line);
        output.Flush();
    }

    /// <summary>Reads a line back; <see langword="null"/> for one that is cut off.</summary>
    public static TrialStep? TryRead(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, TrialStepJson.Default.TrialStep);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>What a step of a trial is about.</summary>
internal enum StepKind
{
    /// <summary>Reading the file.</summary>
    Open,

    /// <summary>A program that the file has.</summary>
    Program,

    /// <summary>A program that the kernel is given now.</summary>
    Submitted,

    /// <summary>Loading all that is loaded by default.</summary>
    LoadAll,

    /// <summary>Loading one program alone.</summary>
    LoadOne,

    /// <summary>Something that the given kernel types lack.</summary>
    Missing,

    /// <summary>The trial came to its end.</summary>
    Done,
}

/// <summary>How steps are written between the two processes.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TrialStep))]
internal sealed partial class TrialStepJson : JsonSerializerContext;

namespace ExampleHost;

/// <summary>Prints the demo's steps, each with what was expected and what was seen, and remembers whether they agreed.</summary>
public sealed class StepReport(TextWriter output, bool useColor)
{
    private const int DoneWidth = 40;
    private const int QuestionWidth = 24;
    private const int ExpectedWidth = 18;

    private int _steps;
    private int _failures;

    public bool AllAsExpected => _failures == 0;

    public static StepReport ToConsole()
        => new(Console.Out, !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));

    public void Heading() => output.WriteLine($"       {Columns("what was done", "what was looked at", "expected", "seen")}");

    public void Step(string done, string question, string expected, string seen) => Step(done, question, expected, seen, expected == seen);

    public void Step(string done, string question, string expected, string seen, bool asExpected)
    {
        _steps++;
        _failures += asExpected ? 0 : 1;
        string verdict = asExpected ? Color("ok", 32) + "     " : Color("FAILED", 31) + " ";
        output.WriteLine($"{verdict}{Columns(done, question, expected, seen)}");
    }

    public void Summary() => output.WriteLine(AllAsExpected
        ? $"All {_steps} steps went as expected."
        : $"{_failures} of {_steps} steps did not go as expected.");

    private static string Columns(string done, string question, string expected, string seen)
        => $"{done.PadRight(DoneWidth)}{question.PadRight(QuestionWidth)}{expected.PadRight(ExpectedWidth)}{seen}";

    private string Color(string text, int code) => useColor ? $"\e[{code}m{text}\e[0m" : text;
}

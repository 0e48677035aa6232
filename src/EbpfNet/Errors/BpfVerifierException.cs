using System.Text;

namespace EbpfNet;

/// <summary>The kernel's verifier refused a program.</summary>
public sealed class BpfVerifierException : BpfException
{
    /// <summary>Creates an exception for a refused program.</summary>
    /// <param name="program">The program's name.</param>
    /// <param name="error">The kernel's answer to the load.</param>
    /// <param name="report">What the verifier said.</param>
    /// <param name="innerException">What went wrong before and led to this: a reference of the refused instruction that could not be resolved.</param>
    public BpfVerifierException(string program, BpfErrno error, VerifierReport report, BpfRelocationException? innerException = null)
        : base(Describe(program, error, report), innerException)
    {
        Program = program;
        Error = error;
        Report = report;
    }

    /// <summary>The program's name.</summary>
    public string Program { get; }

    /// <summary>The kernel's answer to the load, most often <see cref="BpfErrno.EACCES"/> or <see cref="BpfErrno.EINVAL"/>.</summary>
    public BpfErrno Error { get; }

    /// <summary>What the verifier said: the whole log, the instruction and its source line.</summary>
    public VerifierReport Report { get; }

    private static string Describe(string program, BpfErrno error, VerifierReport report)
    {
        var text = new StringBuilder($"The verifier refused program '{program}' with {error}");
        text.Append(report.Diagnosis is null ? "." : $": {report.Diagnosis}.");
        if (report.Instruction is { } instruction)
        {
            text.Append($"\n  at instruction {instruction}");
            text.Append(report.InstructionText is null ? "" : $": {report.InstructionText}");
        }

        if (report.SourceLine is not null)
        {
            text.Append($"\n  from {report.SourceLocation}: {report.SourceLine.Trim()}");
        }

        text.Append("\n  The whole log is in Report.Log.");
        return text.ToString();
    }
}

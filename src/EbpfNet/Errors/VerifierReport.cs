namespace EbpfNet;

/// <summary>What the kernel's verifier said about a program that it refused.</summary>
/// <param name="Log">The verifier's log as the kernel wrote it; empty when the kernel gave none.</param>
/// <param name="Instruction">The index (in 8-byte slots) of the instruction that was refused, when the log tells.</param>
/// <param name="InstructionText">That instruction, disassembled.</param>
/// <param name="SourceLine">The C source line it was compiled from, when the object carries line information.</param>
/// <param name="SourceLocation">File and line of <paramref name="SourceLine"/>, as <c>file.c:12</c>.</param>
/// <param name="Diagnosis">One sentence on what is wrong, taken from the log's last complaint.</param>
public sealed record VerifierReport(
    string Log,
    int? Instruction = null,
    string? InstructionText = null,
    string? SourceLine = null,
    string? SourceLocation = null,
    string? Diagnosis = null);

using System.Globalization;
using System.Text.RegularExpressions;
using EbpfNet.Abi;
using static EbpfNet.Loading.VerifierPatterns;

namespace EbpfNet.Loading;

/// <summary>What is known about a refused program besides the verifier's words.</summary>
/// <param name="ProgramType">The kind of program by its C name, as messages call it.</param>
/// <param name="License">The licence that the object declares; empty when it declares none.</param>
/// <param name="IsExit">Whether the refused instruction ends the program or a function.</param>
/// <param name="FindSource">The place of an instruction in the source, <c>file.c:12</c>, where it is known.</param>
internal readonly record struct RefusedProgram(string ProgramType, string License, bool IsExit, Func<int, string?>? FindSource = null);

/// <summary>A table of the complaints that people meet most, each with a sentence that says what to do. A complaint that is not in it speaks for itself.</summary>
internal static class VerifierComplaints
{
    public const string TooComplexSentence =
        "the program is too complex for the verifier, which gives up after a million instructions over all paths; shorten loops, use bpf_loop or bpf_for, move parts into global functions, which are verified once, or into tail calls";

    private const int StackSize = 512;

    private static readonly (Regex Pattern, Func<Match, RefusedProgram, string> Sentence)[] Table =
    [
        (OutsidePacket(), (_, _) => "the packet is accessed beyond what was compared with data_end; just before the access check that its end, pointer plus size, is not greater than data_end, and give up if it is"),
        (PossiblyNull(), (m, _) => $"{Register(m)} may be NULL ({Pointer(m.Groups["kind"].Value)}) and is used without a check; compare it with NULL first"),
        (OutsideMapValue(), (m, _) => $"a map value of {m.Groups["size"]} bytes is accessed at offset {m.Groups["off"]} over {m.Groups["len"]} bytes, which the checks so far do not exclude; limit the index with a comparison or a mask before it is used"),
        (Unbounded(), (m, _) => $"{Register(m)} is used as an offset or a size and has no proven upper limit; compare it with a constant first, on an unsigned variable"),
        (Negative(), (m, _) => $"{Register(m)} is used as an offset or a size and may be negative; make the variable unsigned, or check that it is not below zero"),
        (PointerUnbounded(), (m, _) => $"a number without proven limits{(m.Groups["low"].Success ? ", which may be negative," : "")} is added to {Pointer(m.Groups["kind"].Value)}; limit it first, with a comparison or a mask, on an unsigned variable"),
        (PointerOutside(), (m, _) => $"{Pointer(m.Groups["kind"].Value)} may get out of what it points into; limit what is added to it first, with a comparison or a mask"),
        (ZeroSized(), (m, _) => $"{Register(m)} is used as a size and may be 0, or has no proven limits at all; compare it with 0 and with the largest first, on an unsigned variable"),
        (ExitValue(), (m, _) => $"the program returns {Numbers(m.Groups["has"].Value)}, and this hook allows only {Numbers(m.Groups["range"].Value)}; return one of the allowed values on every path"),
        (Uninitialised(), (m, p) => p.IsExit && m.Groups["reg"].Value == "0"
            ? "the program can end without a return value; every path has to return one"
            : $"{Register(m)} is read before anything was written to it; initialise the variable on every path (after a call r1 to r5 hold nothing)"),
        (Unreachable(), (_, _) => "no path leads to this instruction, which the verifier does not allow; a path before it may miss its return, or a condition is always true"),
        (Endless(), (_, _) => "the loop never ends as far as the verifier can tell; give it a constant upper limit, or use bpf_loop or bpf_for"),
        (TooComplex(), (_, _) => TooComplexSentence),
        (MissingHelper(), (m, _) => $"this kernel does not have {Helper(m)}, which is newer; ask for it first (bpf_core_enum_value_exists(enum bpf_func_id, …)), or do without"),
        (UnsuitableHelper(), (m, p) => $"{Helper(m)} cannot be called from a program of type {p.ProgramType} on this kernel; it is for other kinds of programs, or the kernel is built without what it is about"),
        (GplOnly(), (m, p) => $"the program calls a helper that the kernel keeps for GPL-compatible programs, and the object's licence is {(p.License.Length == 0 ? "not declared" : $"'{p.License}'")}; declare a compatible one, for example char _license[] SEC(\"license\") = \"Dual MIT/GPL\""),
        (NotBound(), (_, _) => "the kernel functions for metadata of packets are for XDP programs that are bound to an interface; set the program's Device before loading"),
        (KfuncMissing(), (m, _) => $"the kernel function that is called is not there{(m.Groups["name"].Success ? $": {m.Groups["name"].Value}" : "")}; declare it weak and ask for it first (bpf_ksym_exists), or do without"),
        (KfuncNotAllowed(), (m, p) => $"the kernel function {m.Groups["name"]} cannot be called from a program of type {p.ProgramType} on this kernel"),
        (CombinedStack(), (m, _) => $"the functions on a call chain together use {m.Groups["size"]} bytes of stack, and {StackSize} are allowed; move large variables into a per-CPU array map"),
        (FrameDepth(), (_, _) => "calls are nested more than 8 deep; make some of the functions inline"),
        (StackOutside(), (m, _) => StackOffset(m) < -StackSize
            ? $"the stack is {StackSize} bytes, and byte {StackOffset(m)} below it is used; move large variables into a per-CPU array map"
            : "memory beyond the variables on the stack is accessed; check the index against the array's length"),
        (StackUnwritten(), (m, _) => $"bytes of the stack are read that nothing wrote; initialise the whole variable, padding between members included (memset, or = {{}})"),
        (StackVariable(), (_, _) => "a variable on the stack is accessed at an offset that is not a proven constant; limit the index with a comparison first, or use a map"),
        (Context(), (m, p) => $"the program's context has nothing of {m.Groups["size"]} bytes at offset {m.Groups["off"]} that a program of type {p.ProgramType} may access so; the field may be read-only, newer than the kernel, or of another size"),
        (ReadOnlyMap(), (_, _) => "something is written that is read-only for programs, such as a constant in .rodata; drop the const, or do not write to it"),
        (ContextModified(), (_, _) => "the context pointer was changed before it was used to read a field; read fields through the unchanged pointer with constant offsets"),
        (Unreleased(), (m, p) => $"what instruction {m.Groups["slot"]}{Source(p, m.Groups["slot"].Value)} acquired is not released on every path; call the matching release function (bpf_sk_release, bpf_ringbuf_submit or _discard, …) before every return"),
        (LeftLocked(), (m, _) => $"{(m.Groups["what"].Value is { Length: > 0 } what ? what : "a lock or a section that was entered")} is not left on every path; unlock before every return, and before every call of a helper in between"),
        (MaySleep(), (_, _) => "the program calls something that may sleep, and may not sleep itself; put it into a section that ends in .s, if its hook has one"),
        (KfuncArgument(), (m, _) => $"{(m.Groups["arg"].Success ? $"argument {m.Groups["arg"].Value} of the kernel function" : "an argument of the kernel function")} has to point to a {m.Groups["kind"].Value.ToLowerInvariant()} {m.Groups["type"].Value} that the kernel gave to the program, which this pointer does not"),
        (PointerArithmetic(), (m, _) => $"{Register(m)} is a pointer, and all that may be done with one is to add and subtract numbers, and not to this kind at all where the verifier says 'prohibited'"),
        (ArgumentType(), (m, _) => $"{Register(m)} holds {Pointer(m.Groups["kind"].Value)}, where the called function wants {m.Groups["want"].Value.Trim()}"),
        (NotAPointer(), (m, _) => $"{Register(m)} is a plain number to the verifier and is used as a pointer; kernel memory behind pointers that a program computed or loaded is read with bpf_probe_read_kernel, or bpf_core_read"),
        (NoCallbacks(), (_, _) => "this kernel does not know pointers to functions of the program, which callbacks need (Linux 5.13)"),
        (NoInstruction(), (_, _) => "this kernel does not know one of the instructions; compile the object for an older instruction set (clang -mcpu=v2, or v1)"),
        (NoTypes(), (_, _) => "this kind of program, or a callback in it, needs the object's types; compile it with -g"),
        (NoAddress(), (m, _) => $"the kernel has the type of its variable '{m.Groups["name"]}' and not its address: it is built without CONFIG_KALLSYMS_ALL"),
        (Misaligned(), (_, _) => "the access is not aligned as this processor or the program's flags demand; use __builtin_memcpy, or a packed struct"),
    ];

    /// <summary>One sentence, without a final full stop, on a complaint; <see langword="null"/> when there was none.</summary>
    public static string? Explain(IReadOnlyList<string> complaint, RefusedProgram program)
    {
        if (complaint.Count == 0)
        {
            return null;
        }

        string said = string.Join('\n', complaint);
        foreach ((Regex pattern, Func<Match, RefusedProgram, string> sentence) in Table)
        {
            if (pattern.Match(said) is { Success: true } match)
            {
                return sentence(match, program);
            }
        }

        return $"the verifier says: {string.Join("; ", complaint).TrimEnd('.', ' ')}";
    }

    /// <summary>A range of numbers in any of the kernel's notations: from and to; a value and a mask of what is not known; least and largest.</summary>
    private static string Numbers(string text)
    {
        Match range = Range().Match(text);
        if (!range.Success)
        {
            return text.Contains("unknown", StringComparison.OrdinalIgnoreCase) ? "any number" : text.Trim();
        }

        long low = Number(range.Groups["low"].Value);
        long high = range.Groups["mask"].Success ? low | Number(range.Groups["mask"].Value) : Number(range.Groups["high"].Value);
        return low == high ? low.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{low} to {high}");
    }

    private static long Number(string text)
    {
        bool isHexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return long.TryParse(isHexadecimal ? text.AsSpan(2) : text, isHexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : 0;
    }

    private static string Source(RefusedProgram program, string slot) =>
        int.TryParse(slot, NumberStyles.None, CultureInfo.InvariantCulture, out int at) && program.FindSource?.Invoke(at) is { } place ? $" ({place})" : "";

    private static string Register(Match match) => match.Groups["reg"] is { Success: true } register ? $"register r{register.Value}" : "a register";

    private static string Helper(Match match) => match.Groups["name"] is { Success: true, Length: > 0 } name && name.Value != "unknown"
        ? name.Value
        : uint.TryParse(match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) && Enum.IsDefined((BpfHelper)number)
            ? ((BpfHelper)number).CName()
            : $"helper number {match.Groups["number"].Value}";

    private static int StackOffset(Match match) => int.TryParse(match.Groups["off"].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int offset) ? offset : 0;

    /// <summary>The verifier's word for a kind of value, in words.</summary>
    private static string Pointer(string kind) => kind switch
    {
        "map_value_or_null" => "the result of a map lookup",
        "map_value" => "a pointer to a map value",
        "scalar" or "inv" => "a plain number",
        "fp" => "a pointer to the stack",
        "ctx" => "the program's context",
        "pkt" or "pkt_meta" => "a pointer to the packet",
        "pkt_end" => "the end of the packet",
        "map_ptr" => "a map",
        _ => $"'{kind}'",
    };
}

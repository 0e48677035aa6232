using System.Globalization;
using System.Text.RegularExpressions;

namespace EbpfNet.Loading;

/// <summary>What is known about a refused program besides the verifier's words.</summary>
/// <param name="ProgramType">The kind of program by its C name, as messages call it.</param>
/// <param name="License">The licence that the object declares; empty when it declares none.</param>
/// <param name="IsExit">Whether the refused instruction ends the program or a function.</param>
internal readonly record struct RefusedProgram(string ProgramType, string License, bool IsExit);

/// <summary>A table of the complaints that people meet most, each with a sentence that says what to do. A complaint that is not in it speaks for itself.</summary>
internal static partial class VerifierComplaints
{
    private const int StackSize = 512;

    private static readonly (Regex Pattern, Func<Match, RefusedProgram, string> Sentence)[] Table =
    [
        (OutsidePacket(), (_, _) => "the packet is accessed beyond what was compared with data_end; just before the access check that its end, pointer plus size, is not greater than data_end, and give up if it is"),
        (PossiblyNull(), (m, _) => $"{Register(m)} may be NULL ({Pointer(m.Groups["kind"].Value)}) and is used without a check; compare it with NULL first"),
        (OutsideMapValue(), (m, _) => $"a map value of {m.Groups["size"]} bytes is accessed at offset {m.Groups["off"]} over {m.Groups["len"]} bytes, which the checks so far do not exclude; limit the index with a comparison or a mask before it is used"),
        (Unbounded(), (m, _) => $"{Register(m)} is used as an offset or a size and has no proven upper limit; compare it with a constant first, on an unsigned variable"),
        (Negative(), (m, _) => $"{Register(m)} is used as an offset or a size and may be negative; make the variable unsigned, or check that it is not below zero"),
        (PacketUnbounded(), (_, _) => "a number without proven limits is added to a packet pointer; limit it first, with a comparison or a mask"),
        (ExitValue(), (m, _) => $"the program returns {m.Groups["has"].Value.Trim()}, and this hook allows only {m.Groups["range"]}; return one of the allowed values on every path"),
        (Uninitialised(), (m, p) => p.IsExit && m.Groups["reg"].Value == "0"
            ? "the program can end without a return value; every path has to return one"
            : $"{Register(m)} is read before anything was written to it; initialise the variable on every path (after a call r1 to r5 hold nothing)"),
        (Unreachable(), (_, _) => "no path leads to this instruction, which the verifier does not allow; a path before it may miss its return, or a condition is always true"),
        (Endless(), (_, _) => "the loop never ends as far as the verifier can tell; give it a constant upper limit, or use bpf_loop or bpf_for"),
        (TooComplex(), (_, _) => "the program is too complex for the verifier, which gives up after a million instructions over all paths; shorten loops, use bpf_loop or bpf_for, move parts into global functions, which are verified once, or into tail calls"),
        (UnknownHelper(), (m, p) => $"{Helper(m)} cannot be called from a program of type {p.ProgramType} on this kernel; the helper is newer than the kernel, or not for this kind of program"),
        (GplOnly(), (m, p) => $"the program calls a helper that the kernel keeps for GPL-compatible programs, and the object's licence is {(p.License.Length == 0 ? "not declared" : $"'{p.License}'")}; declare a compatible one, for example char _license[] SEC(\"license\") = \"Dual MIT/GPL\""),
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
        (Unreleased(), (m, _) => $"what instruction {m.Groups["slot"]} acquired is not released on every path; call the matching release function (bpf_sk_release, bpf_ringbuf_submit or _discard, …) before every return"),
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

    private static string Register(Match match) => match.Groups["reg"] is { Success: true } register ? $"register r{register.Value}" : "a register";

    private static string Helper(Match match) => match.Groups["name"] is { Success: true, Length: > 0 } name && name.Value != "unknown"
        ? name.Value
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
        "pkt" => "a pointer to the packet",
        "pkt_end" => "the end of the packet",
        "map_ptr" => "a map",
        _ => $"'{kind}'",
    };

    private static class Options
    {
        public const RegexOptions Plain = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;
    }

    [GeneratedRegex(@"invalid access to packet|offset is outside of the packet", Options.Plain)]
    private static partial Regex OutsidePacket();

    [GeneratedRegex(@"R(?<reg>\d+)[^\n]*?(?<kind>\w*_or_null)\w*|R(?<reg>\d+)[^\n]*possibly null|possibly null pointer passed to[^\n]*?(?<kind>arg\w*)", Options.Plain)]
    private static partial Regex PossiblyNull();

    [GeneratedRegex(@"invalid access to map value, value_size=(?<size>\d+) off=(?<off>-?\d+) size=(?<len>\d+)", Options.Plain)]
    private static partial Regex OutsideMapValue();

    [GeneratedRegex(@"R(?<reg>\d+)[^\n]*(unbounded memory access|max value is outside of the allowed memory range)", Options.Plain)]
    private static partial Regex Unbounded();

    [GeneratedRegex(@"R(?<reg>\d+)[^\n]*(min value is (negative|outside of the allowed memory range)|invalid negative access)", Options.Plain)]
    private static partial Regex Negative();

    [GeneratedRegex(@"math between (pkt|fp|map_value|ctx|mem)\w* pointer and", Options.Plain)]
    private static partial Regex PacketUnbounded();

    [GeneratedRegex(@"R0 has (?<has>.*?)\s*should have been in (?<range>[^\n]*)", Options.Plain)]
    private static partial Regex ExitValue();

    [GeneratedRegex(@"R(?<reg>\d+) !read_ok", Options.Plain)]
    private static partial Regex Uninitialised();

    [GeneratedRegex(@"unreachable insn|last insn is not an exit|jump out of range", Options.Plain)]
    private static partial Regex Unreachable();

    [GeneratedRegex(@"infinite loop|back-edge from insn", Options.Plain)]
    private static partial Regex Endless();

    [GeneratedRegex(@"program is too large|too complex|sequence of \d+ jumps", Options.Plain)]
    private static partial Regex TooComplex();

    [GeneratedRegex(@"(unknown func|cannot use helper|helper call is not allowed in[^\n]*?|invalid func) (?<name>\w+)#(?<number>\d+)", Options.Plain)]
    private static partial Regex UnknownHelper();

    [GeneratedRegex(@"\bGPL\b", Options.Plain)]
    private static partial Regex GplOnly();

    [GeneratedRegex(@"calling kernel function (?<name>\w+) is not allowed", Options.Plain)]
    private static partial Regex KfuncNotAllowed();

    [GeneratedRegex(@"combined stack size of \d+ calls? is (?<size>\d+)", Options.Plain)]
    private static partial Regex CombinedStack();

    [GeneratedRegex(@"call stack of \d+ frames is too deep", Options.Plain)]
    private static partial Regex FrameDepth();

    [GeneratedRegex(@"invalid[^\n]* stack[^\n]*? off=(?<off>-?\d+)", Options.Plain)]
    private static partial Regex StackOutside();

    [GeneratedRegex(@"invalid (indirect )?(read|access)[^\n]* stack[^\n]*? off -?\d+\+\d+", Options.Plain)]
    private static partial Regex StackUnwritten();

    [GeneratedRegex(@"(variable|unbounded)[- ][^\n]*stack|variable stack", Options.Plain)]
    private static partial Regex StackVariable();

    [GeneratedRegex(@"invalid bpf_context access off=(?<off>-?\d+) size=(?<size>\d+)", Options.Plain)]
    private static partial Regex Context();

    [GeneratedRegex(@"write into map forbidden|cannot write into \w*rdonly|R\d+ cannot write into rdonly", Options.Plain)]
    private static partial Regex ReadOnlyMap();

    [GeneratedRegex(@"dereference of modified ctx ptr", Options.Plain)]
    private static partial Regex ContextModified();

    [GeneratedRegex(@"unreleased reference id=\d+ alloc_insn=(?<slot>\d+)", Options.Plain)]
    private static partial Regex Unreleased();

    [GeneratedRegex(@"R(?<reg>\d+) type=(?<kind>\w+) expected=(?<want>[^\n]*)", Options.Plain)]
    private static partial Regex ArgumentType();

    [GeneratedRegex(@"R(?<reg>\d+) invalid mem access '(scalar|inv)'", Options.Plain)]
    private static partial Regex NotAPointer();

    [GeneratedRegex(@"number of funcs in func_info doesn't match", Options.Plain)]
    private static partial Regex NoCallbacks();

    [GeneratedRegex(@"uses reserved fields|unknown opcode|unknown insn|invalid BPF_\w+ (insn|opcode)", Options.Plain)]
    private static partial Regex NoInstruction();

    [GeneratedRegex(@"missing btf func_info", Options.Plain)]
    private static partial Regex NoTypes();

    [GeneratedRegex(@"failed to find the address for kernel symbol '(?<name>\w+)'", Options.Plain)]
    private static partial Regex NoAddress();

    [GeneratedRegex(@"misaligned", Options.Plain)]
    private static partial Regex Misaligned();
}

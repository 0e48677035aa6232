using System.Text.RegularExpressions;

namespace EbpfNet.Loading;

/// <summary>What the verifier's complaints look like, on kernels from 5.10 on. Each pattern asks for the words that matter, and leaves open what stands around them.</summary>
internal static partial class VerifierPatterns
{
    private static class Options
    {
        public const RegexOptions Plain = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase;
    }

    [GeneratedRegex(@"invalid access to packet|offset is outside of the packet", Options.Plain)]
    public static partial Regex OutsidePacket();

    [GeneratedRegex(@"R(?<reg>\d+)[^\n]*?(?<kind>\w*_or_null)\w*|R(?<reg>\d+)[^\n]*possibly null|possibly null pointer passed to[^\n]*?(?<kind>arg\w*)", Options.Plain)]
    public static partial Regex PossiblyNull();

    [GeneratedRegex(@"invalid access to map value, value_size=(?<size>\d+) off=(?<off>-?\d+) size=(?<len>\d+)", Options.Plain)]
    public static partial Regex OutsideMapValue();

    [GeneratedRegex(@"R(?<reg>\d+)[^\n]*(unbounded memory access|max value is outside of the allowed memory range)", Options.Plain)]
    public static partial Regex Unbounded();

    [GeneratedRegex(@"R(?<reg>\d+)[^\n]*(min value is (negative|outside of the allowed memory range)|invalid negative access)", Options.Plain)]
    public static partial Regex Negative();

    [GeneratedRegex(@"math between (?<kind>\w+) pointer and register with unbounded (?<low>min)?", Options.Plain)]
    public static partial Regex PointerUnbounded();

    [GeneratedRegex(@"(value -?\d+ makes (?<kind>\w+) pointer be out of bounds|(?<kind>\w+) pointer offset -?\d+ is not allowed)", Options.Plain)]
    public static partial Regex PointerOutside();

    [GeneratedRegex(@"(R(?<reg>\d+) )?invalid zero-sized (read|write|access)", Options.Plain)]
    public static partial Regex ZeroSized();

    /// <summary>"smin=2 smax=2", "[0, 1]", "(0x0; 0x1)".</summary>
    [GeneratedRegex(@"smin=(?<low>-?\d+) smax=(?<high>-?\d+)|\[(?<low>-?\d+), ?(?<high>-?\d+)\]|\((?<low>0x[0-9a-f]+); ?(?<mask>0x[0-9a-f]+)\)", Options.Plain)]
    public static partial Regex Range();

    [GeneratedRegex(@"R0 has (?<has>.*?)\s*should have been in (?<range>[^\n]*)", Options.Plain)]
    public static partial Regex ExitValue();

    [GeneratedRegex(@"R(?<reg>\d+) !read_ok", Options.Plain)]
    public static partial Regex Uninitialised();

    [GeneratedRegex(@"unreachable insn|last insn is not an exit|jump out of range", Options.Plain)]
    public static partial Regex Unreachable();

    [GeneratedRegex(@"infinite loop|back-edge from insn", Options.Plain)]
    public static partial Regex Endless();

    [GeneratedRegex(@"program is too large|too complex|sequence of \d+ jumps", Options.Plain)]
    public static partial Regex TooComplex();

    /// <summary>The kernel gives no name to a helper that it does not have.</summary>
    [GeneratedRegex(@"(invalid func \w+|(unknown func|cannot use helper) unknown)#(?<number>\d+)", Options.Plain)]
    public static partial Regex MissingHelper();

    [GeneratedRegex(@"(unknown func|cannot use helper|helper call is not allowed in[^\n]*?|invalid func) (?<name>\w+)#(?<number>\d+)", Options.Plain)]
    public static partial Regex UnsuitableHelper();

    [GeneratedRegex(@"metadata kfuncs require device-bound program|metadata kfuncs can't be offloaded", Options.Plain)]
    public static partial Regex NotBound();

    [GeneratedRegex(@"calling invalid kernel function|cannot find address for kernel function (?<name>\w+)|kernel btf_id \d+ is not a function|kernel function btf_id \d+ does not have a valid", Options.Plain)]
    public static partial Regex KfuncMissing();

    [GeneratedRegex(@"\bGPL\b", Options.Plain)]
    public static partial Regex GplOnly();

    [GeneratedRegex(@"calling kernel function (?<name>\w+) is not allowed", Options.Plain)]
    public static partial Regex KfuncNotAllowed();

    [GeneratedRegex(@"combined stack size of \d+ calls? is (?<size>\d+)", Options.Plain)]
    public static partial Regex CombinedStack();

    [GeneratedRegex(@"call stack of \d+ frames is too deep", Options.Plain)]
    public static partial Regex FrameDepth();

    [GeneratedRegex(@"invalid[^\n]* stack[^\n]*? off=(?<off>-?\d+)", Options.Plain)]
    public static partial Regex StackOutside();

    [GeneratedRegex(@"invalid (indirect )?(read|access)[^\n]* stack[^\n]*? off -?\d+\+\d+", Options.Plain)]
    public static partial Regex StackUnwritten();

    [GeneratedRegex(@"(variable|unbounded)[- ][^\n]*stack|variable stack", Options.Plain)]
    public static partial Regex StackVariable();

    [GeneratedRegex(@"invalid bpf_context access off=(?<off>-?\d+) size=(?<size>\d+)", Options.Plain)]
    public static partial Regex Context();

    [GeneratedRegex(@"write into map forbidden|cannot write into \w*rdonly|R\d+ cannot write into rdonly", Options.Plain)]
    public static partial Regex ReadOnlyMap();

    [GeneratedRegex(@"dereference of modified ctx ptr", Options.Plain)]
    public static partial Regex ContextModified();

    [GeneratedRegex(@"unreleased reference id=\d+ alloc_insn=(?<slot>\d+)", Options.Plain)]
    public static partial Regex Unreleased();

    /// <summary>"bpf_spin_unlock is missing", "BPF_EXIT instruction in main prog cannot be used inside bpf_spin_lock-ed region".</summary>
    [GeneratedRegex(@"(?<what>\w+)_unlock is missing|inside (?<what>[\w-]+?)(-ed)? (section|region)|function calls are not allowed while holding a lock|unlock without taking a lock", Options.Plain)]
    public static partial Regex LeftLocked();

    [GeneratedRegex(@"might sleep|may sleep|sleepable[^\n]* in non-sleepable", Options.Plain)]
    public static partial Regex MaySleep();

    [GeneratedRegex(@"(arg#(?<arg>\d+)|R\d+)[^\n]*pointer type (?<kind>STRUCT|UNION) (?<type>\w+) must point|(arg#(?<arg>\d+)|R\d+)[^\n]*expected pointer to (?<kind>STRUCT|UNION) (?<type>\w+)", Options.Plain)]
    public static partial Regex KfuncArgument();

    [GeneratedRegex(@"R(?<reg>\d+) (\d+-bit )?pointer arithmetic (on|with)", Options.Plain)]
    public static partial Regex PointerArithmetic();

    [GeneratedRegex(@"R(?<reg>\d+) type=(?<kind>\w+) expected=(?<want>[^\n]*)", Options.Plain)]
    public static partial Regex ArgumentType();

    [GeneratedRegex(@"R(?<reg>\d+) invalid mem access '(scalar|inv)'", Options.Plain)]
    public static partial Regex NotAPointer();

    [GeneratedRegex(@"number of funcs in func_info doesn't match", Options.Plain)]
    public static partial Regex NoCallbacks();

    [GeneratedRegex(@"uses reserved fields|unknown opcode|unknown insn|invalid BPF_\w+ (insn|opcode)", Options.Plain)]
    public static partial Regex NoInstruction();

    [GeneratedRegex(@"missing btf func_info", Options.Plain)]
    public static partial Regex NoTypes();

    [GeneratedRegex(@"failed to find the address for kernel symbol '(?<name>\w+)'", Options.Plain)]
    public static partial Regex NoAddress();

    [GeneratedRegex(@"misaligned", Options.Plain)]
    public static partial Regex Misaligned();
}

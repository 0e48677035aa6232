using System.Globalization;
using System.Text.RegularExpressions;
using EbpfNet.Elf;

namespace EbpfNet;

/// <summary>What an argument of a USDT probe is (<c>enum __bpf_usdt_arg_type</c> of libbpf's header).</summary>
internal enum UsdtArgumentKind : byte
{
    /// <summary>A constant.</summary>
    Constant = 0,

    /// <summary>A register's value.</summary>
    Register = 1,

    /// <summary>What is in memory at a register and a distance.</summary>
    Memory = 2,

    /// <summary>What is in memory at a register, another times a power of two, and a distance.</summary>
    IndexedMemory = 3,
}

/// <summary>Where an argument of a USDT probe is, taken from text such as <c>-4@-20(%rbp)</c>.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">The constant, or the distance.</param>
/// <param name="Register">Where the register is in <c>struct pt_regs</c>, in bytes.</param>
/// <param name="Index">The same of the register that is multiplied.</param>
/// <param name="Shift">By 2 to the power of what.</param>
/// <param name="Size">The argument's size in bytes: 1, 2, 4 or 8.</param>
/// <param name="IsSigned">Whether it is a signed number.</param>
internal readonly partial record struct UsdtArgument(UsdtArgumentKind Kind, long Value, int Register, int Index, int Shift, int Size, bool IsSigned)
{
    private const string Section = ".note.stapsdt";

    /// <summary>The arguments of a probe.</summary>
    /// <param name="text">As the note has them, with blanks in between.</param>
    /// <param name="machine">What processor the file is for.</param>
    /// <exception cref="BpfObjectFormatException">One is of a form that is not known, or cannot be told a BPF program.</exception>
    public static List<UsdtArgument> ParseAll(string text, ElfMachine machine) => [.. Split(text).Select(argument => Parse(argument, machine))];

    public static UsdtArgument Parse(string text, ElfMachine machine)
    {
        Match match = Argument().Match(text);
        if (!match.Success)
        {
            throw Complaint(text, "it does not begin with a size of 1, 2, 4 or 8 and '@'");
        }

        if (match.Groups["float"].Success)
        {
            throw Complaint(text, "it is a floating-point number, which BPF programs cannot read");
        }

        var argument = new UsdtArgument(default, 0, 0, 0, 0, match.Groups["size"].ValueSpan[0] - '0', match.Groups["sign"].Success);
        string place = match.Groups["place"].Value;
        return machine switch
        {
            ElfMachine.X64 => ParseX64(argument, place, text),
            ElfMachine.Arm64 => ParseArm64(argument, place, text),
            _ => throw Complaint(text, $"registers of {machine} are not known"),
        };
    }

    private static UsdtArgument ParseX64(UsdtArgument argument, string place, string text)
    {
        if (X64Constant().Match(place) is { Success: true } constant)
        {
            return argument with { Kind = UsdtArgumentKind.Constant, Value = Number(constant.Groups["value"], text) };
        }

        return X64Register().Match(place) is { Success: true } register
            ? argument with { Kind = UsdtArgumentKind.Register, Register = Find(ElfMachine.X64, register.Groups["base"].Value, text) }
            : X64Memory().Match(place) is { Success: true } memory
                ? WithMemory(argument, ElfMachine.X64, memory, memory.Groups["scale"].Success ? memory.Groups["scale"].ValueSpan[0] switch { '2' => 1, '4' => 2, '8' => 3, _ => 0 } : 0, text)
                : throw Complaint(text, "it is neither a constant, nor a register, nor memory at registers of the processor");
    }

    private static UsdtArgument ParseArm64(UsdtArgument argument, string place, string text)
    {
        if (Arm64Constant().Match(place) is { Success: true } constant)
        {
            return argument with { Kind = UsdtArgumentKind.Constant, Value = Number(constant.Groups["value"], text) };
        }

        return Arm64Register().IsMatch(place)
            ? argument with { Kind = UsdtArgumentKind.Register, Register = Find(ElfMachine.Arm64, place, text) }
            : Arm64Memory().Match(place) is { Success: true } memory
                ? WithMemory(argument, ElfMachine.Arm64, memory, memory.Groups["shift"].Success ? memory.Groups["shift"].ValueSpan[0] - '0' : 0, text)
                : throw Complaint(text, "it is neither a constant, nor a register, nor memory at registers of the processor");
    }

    private static UsdtArgument WithMemory(UsdtArgument argument, ElfMachine machine, Match match, int shift, string text) => argument with
    {
        Kind = match.Groups["index"].Success ? UsdtArgumentKind.IndexedMemory : UsdtArgumentKind.Memory,
        Value = match.Groups["distance"].Length > 0 ? Number(match.Groups["distance"], text) : 0,
        Register = Find(machine, match.Groups["base"].Value, text),
        Index = match.Groups["index"].Success ? Find(machine, match.Groups["index"].Value, text) : 0,
        Shift = shift,
    };

    private static int Find(ElfMachine machine, string name, string text) =>
        UsdtRegisters.TryFind(machine, name, out int offset) ? offset : throw Complaint(text, $"'{name}' is no register that BPF programs can read");

    private static long Number(Group group, string text)
    {
        // Compilers write large unsigned constants, too.
        ReadOnlySpan<char> digits = group.ValueSpan;
        return long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out ulong large) ? unchecked((long)large)
            : throw Complaint(text, "its number is too large");
    }

    /// <summary>Blanks part arguments, but not what is in brackets.</summary>
    private static IEnumerable<string> Split(string text)
    {
        int start = 0;
        bool inBrackets = false;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || (char.IsWhiteSpace(text[i]) && !inBrackets))
            {
                if (i > start)
                {
                    yield return text[start..i];
                }

                start = i + 1;
            }
            else if (text[i] is '[' or '(' or ']' or ')')
            {
                inBrackets = text[i] is '[' or '(';
            }
        }
    }

    private static BpfObjectFormatException Complaint(string text, string problem) => new($"the place of the argument '{text}' cannot be told: {problem}", Section);

    [GeneratedRegex(@"^(?<sign>-)?(?<size>[1248])(?<float>f)?@(?<place>\S.*)$", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex Argument();

    [GeneratedRegex(@"^\$(?<value>-?[0-9]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex X64Constant();

    [GeneratedRegex(@"^%(?<base>[a-z0-9]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex X64Register();

    [GeneratedRegex(@"^(?<distance>-?[0-9]+)?\(%(?<base>[a-z0-9]+)(,\s*%(?<index>[a-z0-9]+)(,\s*(?<scale>[1248]))?)?\)$", RegexOptions.CultureInvariant)]
    private static partial Regex X64Memory();

    [GeneratedRegex(@"^#?(?<value>-?[0-9]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Arm64Constant();

    [GeneratedRegex(@"^[a-z]+[0-9]*$", RegexOptions.CultureInvariant)]
    private static partial Regex Arm64Register();

    [GeneratedRegex(@"^\[\s*(?<base>[a-z]+[0-9]*)\s*(,\s*(#?(?<distance>-?[0-9]+)|(?<index>x[0-9]+)(\s*,\s*lsl\s*#?(?<shift>[0-4]))?)\s*)?\]$", RegexOptions.CultureInvariant)]
    private static partial Regex Arm64Memory();
}

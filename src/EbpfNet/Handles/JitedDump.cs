using System.Globalization;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>The text of a program's machine code: hexadecimal, with functions and lines of the source.</summary>
internal static class JitedDump
{
    private const int BytesPerLine = 16;

    public static string Write(ProgramCode code, bool withSource)
    {
        if (code.MachineCode.Length == 0)
        {
            throw new BpfNotSupportedException(
                $"Reading the machine code of {code.Program}",
                code.IsCompiled ? "the kernel does not show it to this process: it takes CAP_BPF and CAP_SYSLOG, and a sysctl kernel.kptr_restrict of 0 or 1"
                    : code.Instructions.Length == 0 ? "the kernel does not show it to this process: it takes CAP_BPF, or CAP_SYS_ADMIN"
                    : "it has none: it is interpreted ('sysctl net.core.bpf_jit_enable=1' turns the compiler on)");
        }

        using StringWriter writer = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        ReadOnlySpan<byte> rest = code.MachineCode;
        int functions = Math.Max(1, code.Lengths.Length);
        for (int i = 0; i < functions; i++)
        {
            int length = i < code.Lengths.Length ? (int)Math.Min(code.Lengths[i], (uint)rest.Length) : rest.Length;
            ulong? address = i < code.Addresses.Length ? code.Addresses[i] : null;
            string where = address is { } known ? string.Create(CultureInfo.InvariantCulture, $" at 0x{known:x}") : "";
            writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{code.Declare(i)}:{where}, {length} bytes of {Architecture} code"));
            WriteFunction(writer, rest[..length], address is { } start && withSource ? LinesOf(code, start, length) : []);
            rest = rest[length..];
        }

        return writer.ToString();
    }

    private static string Architecture => RuntimeInformation.ProcessArchitecture switch
    {
        System.Runtime.InteropServices.Architecture.X64 => "x86-64",
        System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
        var other => other.ToString(),
    };

    /// <summary>Where in a function's code the lines of the source start, and their text.</summary>
    private static SortedDictionary<int, string> LinesOf(ProgramCode code, ulong start, int length)
    {
        var lines = new SortedDictionary<int, string>();
        for (int i = 0; i < Math.Min(code.Lines.Length, code.LineAddresses.Length); i++)
        {
            ulong distance = code.LineAddresses[i] - start;
            if (distance < (ulong)length)
            {
                lines.TryAdd((int)distance, SourceLines.Format(code.Lines[i].Line));
            }
        }

        return lines;
    }

    private static void WriteFunction(StringWriter writer, ReadOnlySpan<byte> code, SortedDictionary<int, string> lines)
    {
        string lastLine = "";
        int[] starts = [.. lines.Keys.Append(0).Append(code.Length).Distinct().Order()];
        for (int i = 0; i + 1 < starts.Length; i++)
        {
            if (lines.TryGetValue(starts[i], out string? source) && source != lastLine)
            {
                writer.WriteLine(source);
                lastLine = source;
            }

            for (int at = starts[i]; at < starts[i + 1]; at += BytesPerLine)
            {
                ReadOnlySpan<byte> bytes = code[at..Math.Min(at + BytesPerLine, starts[i + 1])];
                writer.Write(string.Create(CultureInfo.InvariantCulture, $"{at,6:x}:"));
                foreach (byte value in bytes)
                {
                    writer.Write(string.Create(CultureInfo.InvariantCulture, $" {value:x2}"));
                }

                writer.WriteLine();
            }
        }
    }
}

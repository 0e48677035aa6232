using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>Writes the values of the kernel's options as the programs' variables have them.</summary>
internal static class KernelOptionValue
{
    /// <summary>Writes the text of a value, as it is in a configuration file.</summary>
    /// <returns>What is wrong with it, as a sentence without a final full stop; <see langword="null"/> when it was written.</returns>
    public static string? Write(string text, KernelOptionFormat format, Span<byte> destination)
    {
        if (text is "y" or "n" or "m")
        {
            return WriteState(text[0], format, destination);
        }

        if (text.StartsWith('"'))
        {
            return WriteText(text, format, destination);
        }

        if (!TryParse(text, out ulong number))
        {
            return $"its value {text} is neither y, n or m, nor a number, nor a text in quotation marks";
        }

        return format.Kind is KernelOptionKind.Integer or KernelOptionKind.Character
            ? WriteNumber(number, text, format, destination)
            : $"its value {text} is a number, which takes an integer type; the program declares {Describe(format)}";
    }

    /// <summary>Writes a number that comes from elsewhere than a configuration file. A <c>_Bool</c> takes 0 and 1.</summary>
    public static string? WriteNumber(ulong number, KernelOptionFormat format, Span<byte> destination)
    {
        if (format.Kind == KernelOptionKind.Boolean && number <= 1)
        {
            destination[0] = (byte)number;
            return null;
        }

        string text = number.ToString(CultureInfo.InvariantCulture);
        return format.Kind is KernelOptionKind.Integer or KernelOptionKind.Character
            ? WriteNumber(number, text, format, destination)
            : $"its value {text} is a number, which takes an integer type; the program declares {Describe(format)}";
    }

    /// <summary>A format as messages call it.</summary>
    public static string Describe(KernelOptionFormat format) => format.Kind switch
    {
        KernelOptionKind.Boolean => "_Bool",
        KernelOptionKind.Tristate => "enum libbpf_tristate",
        KernelOptionKind.Character => "a single character",
        KernelOptionKind.Integer => string.Create(CultureInfo.InvariantCulture, $"{(format.IsSigned ? "a signed" : "an unsigned")} integer of {format.Size} bytes"),
        KernelOptionKind.Text => string.Create(CultureInfo.InvariantCulture, $"an array of {format.Size} characters"),
        _ => "a type that no option can have",
    };

    private static string? WriteState(char state, KernelOptionFormat format, Span<byte> destination)
    {
        switch (format.Kind)
        {
            case KernelOptionKind.Boolean when state != 'm':
                destination[0] = (byte)(state == 'y' ? 1 : 0);
                return null;
            case KernelOptionKind.Tristate:
                MemoryMarshal.Write(destination, state switch { 'n' => 0u, 'y' => 1u, _ => 2u });
                return null;
            case KernelOptionKind.Character:
                destination[0] = (byte)state;
                return null;
            default:
                return $"its value {state} takes {(state == 'm' ? "" : "_Bool, ")}enum libbpf_tristate or char; the program declares {Describe(format)}";
        }
    }

    /// <summary>A text that is longer than the array loses its end; there is always a NUL.</summary>
    private static string? WriteText(string text, KernelOptionFormat format, Span<byte> destination)
    {
        if (format.Kind != KernelOptionKind.Text)
        {
            return $"its value {text} is a text, which takes an array of characters; the program declares {Describe(format)}";
        }

        if (text.Length < 2 || !text.EndsWith('"'))
        {
            return $"its value {text} lacks the quotation mark at its end";
        }

        destination.Clear();
        ReadOnlySpan<byte> bytes = Encoding.UTF8.GetBytes(text[1..^1]);
        bytes[..Math.Min(bytes.Length, destination.Length - 1)].CopyTo(destination);
        return null;
    }

    private static string? WriteNumber(ulong number, string text, KernelOptionFormat format, Span<byte> destination)
    {
        int bits = (int)format.Size * 8;
        bool fits = bits == 64 || (format.IsSigned ? unchecked(number + (1UL << (bits - 1))) >> bits == 0 : number >> bits == 0);
        if (!fits)
        {
            return $"its value {text} does not fit into {Describe(format)}";
        }

        switch (format.Size)
        {
            case 1:
                destination[0] = (byte)number;
                break;
            case 2:
                MemoryMarshal.Write(destination, (ushort)number);
                break;
            case 4:
                MemoryMarshal.Write(destination, (uint)number);
                break;
            default:
                MemoryMarshal.Write(destination, number);
                break;
        }

        return null;
    }

    /// <summary>A number as C writes it: decimal, hexadecimal after 0x, octal after 0, with or without a sign. A negative one is the two's complement.</summary>
    private static bool TryParse(ReadOnlySpan<char> text, out ulong number)
    {
        bool isNegative = text.StartsWith("-");
        ReadOnlySpan<char> digits = isNegative || text.StartsWith("+") ? text[1..] : text;
        bool isNumber;
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            isNumber = ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
        }
        else if (digits.Length > 1 && digits[0] == '0')
        {
            isNumber = TryParseOctal(digits[1..], out number);
        }
        else
        {
            isNumber = ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        }

        number = isNegative ? unchecked(0 - number) : number;
        return isNumber;
    }

    private static bool TryParseOctal(ReadOnlySpan<char> digits, out ulong number)
    {
        number = 0;
        foreach (char digit in digits)
        {
            if (digit is < '0' or > '7' || number >> 61 != 0)
            {
                return false;
            }

            number = (number << 3) | (uint)(digit - '0');
        }

        return true;
    }
}

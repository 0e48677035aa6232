using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Unicode;
using static EbpfNet.Programs.TcpRttProgram;

namespace TcpRtt;

/// <summary>Makes text of addresses as the kernel's program writes them, without an object for each, which <see cref="IPAddress"/> would be.</summary>
internal static class AddressText
{
    /// <summary>The longest: eight groups of four digits.</summary>
    internal const int MaxLength = 39;

    private const int Groups = 8;

    private static ReadOnlySpan<byte> BeforeIPv4 => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

    /// <summary>Writes it as is usual: IPv4 with dots; IPv6 in lower case, its longest row of zeros left out (RFC 5952).</summary>
    /// <param name="address">The address in network byte order, IPv4 as <c>::ffff:192.0.2.1</c>.</param>
    /// <param name="destination">Where to, with room for the longest.</param>
    /// <returns>The length of the text.</returns>
    internal static int Format(in TcpRttAddress address, Span<byte> destination)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<TcpRttAddress>(in address));
        bool hasRoom = bytes.StartsWith(BeforeIPv4)
            ? Utf8.TryWrite(destination, CultureInfo.InvariantCulture, $"{bytes[12]}.{bytes[13]}.{bytes[14]}.{bytes[15]}", out int length)
            : TryFormatIPv6(bytes, destination, out length);
        return hasRoom ? length : throw new ArgumentException("The longest address does not fit.", nameof(destination));
    }

    private static bool TryFormatIPv6(ReadOnlySpan<byte> bytes, Span<byte> destination, out int written)
    {
        (int zeros, int endOfZeros) = FindZeros(bytes);
        written = 0;
        for (int group = 0; group < Groups; group++)
        {
            if (group == zeros)
            {
                if (!TryAppend(destination, "::"u8, ref written))
                {
                    return false;
                }

                group = endOfZeros - 1;
                continue;
            }

            if (group > 0 && group != endOfZeros && !TryAppend(destination, ":"u8, ref written))
            {
                return false;
            }

            int number = (bytes[group * 2] << 8) | bytes[(group * 2) + 1];
            if (!number.TryFormat(destination[written..], out int digits, "x", CultureInfo.InvariantCulture))
            {
                return false;
            }

            written += digits;
        }

        return true;
    }

    /// <summary>The longest row of two or more groups of zeros, and the first of several.</summary>
    private static (int Start, int End) FindZeros(ReadOnlySpan<byte> bytes)
    {
        (int Start, int End) longest = (-1, -1);
        int start = 0;
        for (int group = 0; group <= Groups; group++)
        {
            if (group < Groups && bytes[group * 2] == 0 && bytes[(group * 2) + 1] == 0)
            {
                continue;
            }

            if (group - start >= 2 && group - start > longest.End - longest.Start)
            {
                longest = (start, group);
            }

            start = group + 1;
        }

        return longest;
    }

    private static bool TryAppend(Span<byte> destination, ReadOnlySpan<byte> text, ref int written)
    {
        if (!text.TryCopyTo(destination[written..]))
        {
            return false;
        }

        written += text.Length;
        return true;
    }
}

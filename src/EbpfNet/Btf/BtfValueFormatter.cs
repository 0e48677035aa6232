using System.Text.Json;

namespace EbpfNet.Btf;

/// <summary>Bytes as their type says what they are: structs by member, arrays, bit fields, enums by name, <c>char</c> arrays as text, pointers in hexadecimal.</summary>
/// <remarks>
/// The bytes are taken in the byte order of the BTF. Members of anonymous structs and unions stand among those of the struct around them, as C names them; of unions every member is shown. Padding is
/// left out. What has no known layout (a forward declaration, a function) is shown as hexadecimal bytes.
/// </remarks>
public static class BtfValueFormatter
{
    /// <summary>A value on one line: <c>{ hits = 3, color = GREEN, comm = "dotnet", ports = [ 80, 443 ] }</c>.</summary>
    /// <param name="spec">The types.</param>
    /// <param name="type">The value's type; a variable or a data section, too.</param>
    /// <param name="value">The bytes; what is beyond the type's size is left out.</param>
    /// <returns>The text.</returns>
    /// <exception cref="BpfObjectFormatException">The types contradict themselves, or the bytes are fewer than the type has.</exception>
    public static string Format(BtfSpec spec, BtfTypeId type, ReadOnlySpan<byte> value)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var sink = new BtfValueText();
        new BtfValueWalker(spec, sink).Walk(type, value);
        return sink.ToString();
    }

    /// <summary>
    /// The same as JSON: structs are objects, arrays are arrays, <c>char</c> arrays and names of enums are strings, booleans are booleans, numbers up to 64 bits are numbers. Pointers, larger numbers and bytes
    /// without a type are strings of hexadecimal digits after <c>0x</c>.
    /// </summary>
    /// <param name="spec">The types.</param>
    /// <param name="type">The value's type; a variable or a data section, too.</param>
    /// <param name="value">The bytes; what is beyond the type's size is left out.</param>
    /// <param name="writer">Receives the value.</param>
    /// <exception cref="BpfObjectFormatException">The types contradict themselves, or the bytes are fewer than the type has.</exception>
    public static void WriteJson(BtfSpec spec, BtfTypeId type, ReadOnlySpan<byte> value, Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(writer);
        new BtfValueWalker(spec, new BtfValueJson(writer)).Walk(type, value);
    }
}

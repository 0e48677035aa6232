using System.Globalization;
using System.Text.Json;

namespace EbpfNet.Btf;

/// <summary>A value as JSON.</summary>
internal sealed class BtfValueJson(Utf8JsonWriter writer) : IBtfValueSink
{
    public void BeginStruct() => writer.WriteStartObject();

    public void Member(string name) => writer.WritePropertyName(name);

    public void EndStruct() => writer.WriteEndObject();

    public void BeginArray() => writer.WriteStartArray();

    public void EndArray() => writer.WriteEndArray();

    public void Number(Int128 value, bool isWide)
    {
        if (isWide)
        {
            writer.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"0x{(UInt128)value:x}"));
        }
        else if (value > long.MaxValue)
        {
            writer.WriteNumberValue((ulong)value);
        }
        else
        {
            writer.WriteNumberValue((long)value);
        }
    }

    public void Character(sbyte value) => writer.WriteNumberValue(value);

    public void Boolean(bool value) => writer.WriteBooleanValue(value);

    public void Real(double value)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture)); // JSON has no such numbers.
        }
    }

    public void Text(string value) => writer.WriteStringValue(value);

    public void Enumerator(string name) => writer.WriteStringValue(name);

    public void Pointer(ulong value) => writer.WriteStringValue(string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"));

    public void Bytes(ReadOnlySpan<byte> value) => writer.WriteStringValue($"0x{Convert.ToHexStringLower(value)}");
}

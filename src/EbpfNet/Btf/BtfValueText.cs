using System.Globalization;
using System.Text;

namespace EbpfNet.Btf;

/// <summary>A value as text on one line.</summary>
internal sealed class BtfValueText : IBtfValueSink
{
    private readonly StringBuilder _text = new();
    private bool _needsComma;
    private bool _hasName;

    public void BeginStruct() => Begin('{');

    public void Member(string name)
    {
        Separate();
        _text.Append(name).Append(" = ");
        _hasName = true;
    }

    public void EndStruct() => End('}');

    public void BeginArray() => Begin('[');

    public void EndArray() => End(']');

    public void Number(Int128 value, bool isWide) => Append(value.ToString(CultureInfo.InvariantCulture));

    public void Character(sbyte value) => Append(value is >= (sbyte)' ' and < 0x7f ? $"'{(char)value}'" : value.ToString(CultureInfo.InvariantCulture));

    public void Boolean(bool value) => Append(value ? "true" : "false");

    public void Real(double value) => Append(value.ToString("R", CultureInfo.InvariantCulture));

    public void Text(string value) => Append(Quote(value));

    public void Enumerator(string name) => Append(name);

    public void Pointer(ulong value) => Append(string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"));

    public void Bytes(ReadOnlySpan<byte> value) => Append($"0x{Convert.ToHexStringLower(value)}");

    public override string ToString() => _text.ToString();

    private static string Quote(string value)
    {
        var quoted = new StringBuilder(value.Length + 2).Append('"').Append(value);
        quoted.Replace("\\", "\\\\").Replace("\"", "\\\"", 1, quoted.Length - 1).Replace("\n", "\\n").Replace("\t", "\\t");
        return quoted.Append('"').ToString();
    }

    private void Begin(char bracket)
    {
        Separate();
        _text.Append(bracket);
        _needsComma = false;
    }

    private void End(char bracket)
    {
        _text.Append(_needsComma ? " " : "").Append(bracket);
        _needsComma = true;
    }

    private void Append(string value)
    {
        Separate();
        _text.Append(value);
        _needsComma = true;
    }

    private void Separate()
    {
        if (_hasName)
        {
            _hasName = false; // The name has separated already.
        }
        else if (_text.Length > 0)
        {
            _text.Append(_needsComma ? ", " : " ");
        }
    }
}

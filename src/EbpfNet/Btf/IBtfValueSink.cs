namespace EbpfNet.Btf;

/// <summary>Receives a value part by part, as <see cref="BtfValueWalker"/> reads it.</summary>
internal interface IBtfValueSink
{
    /// <summary>A struct or union begins: members follow, each with its name before its value.</summary>
    void BeginStruct();

    void Member(string name);

    void EndStruct();

    /// <summary>An array begins: values follow.</summary>
    void BeginArray();

    void EndArray();

    void Number(Int128 value, bool isWide);

    /// <summary>A single character, of the type <c>char</c>.</summary>
    void Character(sbyte value);

    void Boolean(bool value);

    void Real(double value);

    void Text(string value);

    void Enumerator(string name);

    void Pointer(ulong value);

    void Bytes(ReadOnlySpan<byte> value);
}

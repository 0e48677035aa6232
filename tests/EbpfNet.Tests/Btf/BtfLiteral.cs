using System.Buffers.Binary;
using System.Text;

namespace EbpfNet.Tests.Btf;

/// <summary>Writes BTF word by word, so that a test can also say what is wrong.</summary>
internal sealed class BtfLiteral(bool bigEndian = false)
{
    private readonly List<byte> _types = [];
    private readonly List<byte> _strings = [0];

    public uint TypesLength => (uint)_types.Count;

    public uint String(string text)
    {
        uint offset = (uint)_strings.Count;
        _strings.AddRange(Encoding.UTF8.GetBytes(text));
        _strings.Add(0);
        return offset;
    }

    public BtfLiteral Type(string name, uint kind, uint length, uint sizeOrType, params uint[] records) =>
        Words([name.Length == 0 ? 0 : String(name), (kind << 24) | length, sizeOrType, .. records]);

    public BtfLiteral Words(params uint[] words)
    {
        foreach (uint word in words)
        {
            _types.AddRange(Bytes(word));
        }

        return this;
    }

    public byte[] ToArray() => ToArray(_strings.ToArray());

    public byte[] ToArray(byte[] strings) =>
    [
        .. bigEndian ? new byte[] { 0xEB, 0x9F } : [0x9F, 0xEB],
        1,
        0,
        .. Bytes(24),
        .. Bytes(0),
        .. Bytes((uint)_types.Count),
        .. Bytes((uint)_types.Count),
        .. Bytes((uint)strings.Length),
        .. _types,
        .. strings,
    ];

    public byte[] Bytes(uint word)
    {
        var bytes = new byte[4];
        if (bigEndian)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, word);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, word);
        }

        return bytes;
    }
}

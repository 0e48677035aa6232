using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace EbpfNet.ExampleTests.GeoIp;

/// <summary>Writes databases in MaxMind's format, for the tests of the reader.</summary>
internal sealed class MmdbBuilder(int recordBits, bool isIPv6)
{
    private readonly List<(int? Node, int? Data)[]> _nodes = [new (int?, int?)[2]];
    private readonly List<byte> _data = [];

    public string Type { get; init; } = "Test-City";

    /// <summary>Adds a network; later ones go over earlier ones.</summary>
    public void Add(IPNetwork network, Action<MmdbBuilder> value)
    {
        int data = _data.Count;
        value(this);
        bool isIPv4 = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork;
        byte[] bytes = isIPv4 && isIPv6 ? [.. new byte[12], .. network.BaseAddress.GetAddressBytes()] : network.BaseAddress.GetAddressBytes();
        int length = network.PrefixLength + (isIPv4 && isIPv6 ? 96 : 0);
        int node = 0;
        for (int bit = 0; bit < length; bit++)
        {
            int side = (bytes[bit / 8] >> (7 - (bit % 8))) & 1;
            ref (int? Node, int? Data) record = ref _nodes[node][side];
            if (bit == length - 1)
            {
                record = (null, data);
            }
            else
            {
                if (record.Node is null)
                {
                    int made = _nodes.Count;
                    (int?, int?) before = record;
                    record = (made, null);
                    _nodes.Add([(null, before.Item2), (null, before.Item2)]);
                }

                node = _nodes[node][side].Node!.Value;
            }
        }
    }

    public void Map(params (string Key, Action<MmdbBuilder> Value)[] entries)
    {
        Header(7, entries.Length);
        foreach ((string key, Action<MmdbBuilder> value) in entries)
        {
            Text(key);
            value(this);
        }
    }

    public void Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Header(2, bytes.Length);
        _data.AddRange(bytes);
    }

    public void Double(double number)
    {
        Header(3, 8);
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, number);
        _data.AddRange(bytes);
    }

    public void Whole(uint number)
    {
        Header(6, 4);
        _data.AddRange([(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number]);
    }

    /// <summary>A pointer into the data section.</summary>
    public void Pointer(int target) => _data.AddRange([0b001_11_000, (byte)(target >> 24), (byte)(target >> 16), (byte)(target >> 8), (byte)target]);

    /// <summary>Where the next value goes.</summary>
    public int Position => _data.Count;

    /// <summary>A place as MaxMind has it.</summary>
    public void Place(string code, string? city = null, double latitude = 0, double longitude = 0)
    {
        (string, Action<MmdbBuilder>) country = ("country", b => b.Map(("iso_code", c => c.Text(code))));
        if (city is null)
        {
            Map(country);
        }
        else
        {
            Map(
                ("city", b => b.Map(("geoname_id", c => c.Whole(7)), ("names", c => c.Map(("de", d => d.Text("Stadt")), ("en", d => d.Text(city)))))),
                country,
                ("location", b => b.Map(("latitude", c => c.Double(latitude)), ("longitude", c => c.Double(longitude)))));
        }
    }

    public byte[] Build()
    {
        List<byte> file = [];
        int count = _nodes.Count;
        foreach ((int? Node, int? Data)[] node in _nodes)
        {
            uint[] records = [.. node.Select(record => record.Node is { } next ? (uint)next : record.Data is { } data ? (uint)(count + 16 + data) : (uint)count)];
            switch (recordBits)
            {
                case 24:
                    file.AddRange(records.SelectMany(record => (byte[])[(byte)(record >> 16), (byte)(record >> 8), (byte)record]));
                    break;
                case 28:
                    file.AddRange(
                        [(byte)(records[0] >> 16), (byte)(records[0] >> 8), (byte)records[0], (byte)(((records[0] >> 24) << 4) | (records[1] >> 24)), (byte)(records[1] >> 16), (byte)(records[1] >> 8), (byte)records[1]]);
                    break;
                default:
                    file.AddRange(records.SelectMany(record => (byte[])[(byte)(record >> 24), (byte)(record >> 16), (byte)(record >> 8), (byte)record]));
                    break;
            }
        }

        file.AddRange(new byte[16]);
        file.AddRange(_data);
        file.AddRange([0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8]);
        MmdbBuilder metadata = new(24, false);
        metadata.Map(
            ("binary_format_major_version", b => b.Whole(2)),
            ("build_epoch", b => b.Whole(1_781_000_000)),
            ("database_type", b => b.Text(Type)),
            ("description", b => b.Map(("en", c => c.Text("made by a test")))),
            ("ip_version", b => b.Whole(isIPv6 ? 6u : 4u)),
            ("node_count", b => b.Whole((uint)count)),
            ("record_size", b => b.Whole((uint)recordBits)));
        file.AddRange(metadata._data);
        return [.. file];
    }

    private void Header(int kind, int size)
    {
        (int small, byte[] more) = size switch
        {
            < 29 => (size, (byte[])[]),
            < 285 => (29, [(byte)(size - 29)]),
            < 65_821 => (30, [(byte)((size - 285) >> 8), (byte)(size - 285)]),
            _ => (31, [(byte)((size - 65_821) >> 16), (byte)((size - 65_821) >> 8), (byte)(size - 65_821)]),
        };
        _data.Add((byte)((kind << 5) | small));
        _data.AddRange(more);
    }
}

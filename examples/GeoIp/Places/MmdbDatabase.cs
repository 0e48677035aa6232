using System.Buffers.Binary;
using System.Collections;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ExampleHost;

namespace GeoIp.Places;

/// <summary>A database in MaxMind's format, version 2: GeoLite2, GeoIP2, DB-IP, and what is like them. Thread-safe.</summary>
internal sealed class MmdbDatabase : IAddressDatabase
{
    private const int Separator = 16; // zeros between the tree and the data
    private const int MetadataReach = 128 * 1024; // the metadata begins that near to the end
    private const int MostPlaces = 16_384;

    private readonly ReadOnlyMemory<byte> _tree;
    private readonly MmdbReader _data;
    private readonly int _dataLength;
    private readonly uint _nodes;
    private readonly int _recordBits;
    private readonly bool _isIPv6;
    private readonly uint _ipv4Root;
    private readonly Lock _lock = new();
    private readonly LeastRecentlyUsed<int, Place?> _places = new(MostPlaces);

    private MmdbDatabase(ReadOnlyMemory<byte> bytes)
    {
        int marker = bytes.Span[Math.Max(0, bytes.Length - MetadataReach)..].LastIndexOf(Marker);
        if (marker < 0)
        {
            throw new InvalidDataException("it is no MaxMind database: its metadata is missing");
        }

        marker += Math.Max(0, bytes.Length - MetadataReach);
        MmdbReader metadata = new(bytes[(marker + Marker.Length)..]);
        ulong version = Required(metadata, "binary_format_major_version");
        ulong nodes = Required(metadata, "node_count");
        ulong recordBits = Required(metadata, "record_size");
        ulong family = Required(metadata, "ip_version");
        if (version != 2 || recordBits is not (24 or 28 or 32) || family is not (4 or 6))
        {
            throw new InvalidDataException($"it is of a kind that is not known: version {version}, records of {recordBits} bits, IPv{family}");
        }

        ulong treeLength = nodes <= (ulong)marker ? nodes * (recordBits / 4) : ulong.MaxValue;
        if (nodes == 0 || treeLength > (ulong)marker || (ulong)marker - treeLength < Separator)
        {
            throw new InvalidDataException($"its search tree of {nodes} nodes does not fit into it");
        }

        _tree = bytes[..(int)treeLength];
        _data = new MmdbReader(bytes[((int)treeLength + Separator)..marker]);
        _dataLength = marker - (int)treeLength - Separator;
        _nodes = (uint)nodes;
        _recordBits = (int)recordBits;
        _isIPv6 = family == 6;
        for (int i = 0; _isIPv6 && i < 96 && _ipv4Root < _nodes; i++)
        {
            _ipv4Root = ReadRecord(_ipv4Root, 0);
        }

        if (bytes.Span.Slice((int)treeLength, Separator).ContainsAnyExcept((byte)0))
        {
            throw new InvalidDataException($"its search tree of {nodes} nodes does not end where the data begins");
        }

        Check();
        string type = metadata.ReadText(metadata.Find(0, "database_type")) ?? "a MaxMind database";
        ulong built = metadata.ReadWhole(metadata.Find(0, "build_epoch")) ?? 0;
        Info = new DatabaseInfo(
            metadata.ReadText(metadata.Find(0, "description", "en")) is { Length: > 0 } description ? $"{type} ({description})" : type,
            built is > 0 and < 253_402_300_799 ? DateTimeOffset.FromUnixTimeSeconds((long)built).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "without a date",
            "its publisher's licence",
            type.Contains("City", StringComparison.OrdinalIgnoreCase) || type.Contains("Location", StringComparison.OrdinalIgnoreCase));
    }

    private static ReadOnlySpan<byte> Marker => [0xAB, 0xCD, 0xEF, (byte)'M', (byte)'a', (byte)'x', (byte)'M', (byte)'i', (byte)'n', (byte)'d', (byte)'.', (byte)'c', (byte)'o', (byte)'m'];

    /// <inheritdoc/>
    public DatabaseInfo Info { get; }

    /// <summary>Reads a file, whole: one that is replaced or cut off meanwhile does no harm.</summary>
    /// <exception cref="FileErrorException">It is no such database, or damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static MmdbDatabase ReadFile(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (InvalidDataException e)
        {
            throw new FileErrorException(path, 0, $"{e.Message}.");
        }
    }

    /// <summary>Reads a database, and looks at all that a lookup may come to, so that none comes to what is damaged.</summary>
    /// <exception cref="InvalidDataException">The bytes are none, or damaged: the message says why, without a full stop.</exception>
    public static MmdbDatabase Parse(ReadOnlyMemory<byte> bytes) => new(bytes);

    /// <inheritdoc/>
    public Place? Find(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int length);
        bool isIPv4 = address.AddressFamily == AddressFamily.InterNetwork;
        if (!isIPv4 && !_isIPv6)
        {
            return null;
        }

        uint record = isIPv4 ? _ipv4Root : 0;
        for (int bit = 0; bit < length * 8 && record < _nodes; bit++)
        {
            record = ReadRecord(record, (bytes[bit / 8] >> (7 - (bit % 8))) & 1);
        }

        if (record == _nodes)
        {
            return null;
        }

        int position = PositionOf(record);
        lock (_lock)
        {
            ref Place? place = ref _places[position];
            return place ??= ReadPlace(position);
        }
    }

    private static ulong Required(MmdbReader metadata, string name)
        => metadata.ReadWhole(metadata.Find(0, name)) ?? throw new InvalidDataException($"its metadata does not say its {name}");

    /// <summary>Goes through the tree once, and reads each place that it leads to once. Nodes may be shared: IPv4 stands at several places of a tree for IPv6.</summary>
    private void Check()
    {
        int bits = _isIPv6 ? 128 : 32;
        byte[] heights = new byte[_nodes]; // of those that were gone through: how many bits they take at most
        BitArray read = new(_dataLength);
        bool knowsCountry = false;
        Stack<(uint Node, int NextSide, int Height)> way = new(bits);
        way.Push((0, 0, 1));
        while (way.TryPop(out (uint Node, int NextSide, int Height) at))
        {
            if (at.NextSide == 2)
            {
                heights[at.Node] = (byte)at.Height;
                if (way.TryPop(out (uint Node, int NextSide, int Height) above))
                {
                    way.Push(above with { Height = Math.Max(above.Height, at.Height + 1) });
                }

                continue;
            }

            uint record = ReadRecord(at.Node, at.NextSide);
            int height = record < _nodes ? heights[record] : 0;
            way.Push((at.Node, at.NextSide + 1, Math.Max(at.Height, height + 1)));
            if (record < _nodes)
            {
                // One that leads back to itself is too deep sooner or later.
                if (way.Count + Math.Max(height, 1) > bits)
                {
                    throw new InvalidDataException($"node {record} of its search tree is deeper than an address is long");
                }

                if (height == 0)
                {
                    way.Push((record, 0, 1));
                }
            }
            else if (record > _nodes && PositionOf(record) is var position && !read[position])
            {
                read[position] = true;
                knowsCountry |= ReadPlace(position) != Place.Unknown;
            }
        }

        if (!knowsCountry)
        {
            throw new InvalidDataException("it knows no country");
        }
    }

    /// <summary>Where in the data a record leads that is no node.</summary>
    private int PositionOf(uint record)
    {
        long position = (long)record - _nodes - Separator;
        return position >= 0 && position < _dataLength ? (int)position : throw new InvalidDataException($"record {record} of its search tree leads out of the data");
    }

    /// <summary>What the two layouts that are in use have: MaxMind's, in which names are by language, and a flat one.</summary>
    private Place ReadPlace(int at)
    {
        string? code = _data.ReadText(_data.Find(at, "country", "iso_code")) ?? _data.ReadText(_data.Find(at, "registered_country", "iso_code")) ?? _data.ReadText(_data.Find(at, "country_code"));
        Place country = Countries.Find(code);
        string? city = _data.ReadText(_data.Find(at, "city", "names", "en")) ?? _data.ReadText(_data.Find(at, "city"));
        if (string.IsNullOrWhiteSpace(city) || country == Place.Unknown)
        {
            return country;
        }

        double? latitude = _data.ReadNumber(_data.Find(at, "location", "latitude")) ?? _data.ReadNumber(_data.Find(at, "latitude"));
        double? longitude = _data.ReadNumber(_data.Find(at, "location", "longitude")) ?? _data.ReadNumber(_data.Find(at, "longitude"));
        bool isKnown = latitude is >= -90 and <= 90 && longitude is >= -180 and <= 180;
        return country with { City = city, Latitude = isKnown ? latitude : country.CountryLatitude, Longitude = isKnown ? longitude : country.CountryLongitude };
    }

    /// <summary>One of a node's two records. The node is in the tree.</summary>
    private uint ReadRecord(uint node, int side)
    {
        ReadOnlySpan<byte> both = _tree.Span.Slice((int)node * (_recordBits / 4), _recordBits / 4);
        switch (_recordBits)
        {
            case 24:
                return BinaryPrimitives.ReadUInt32BigEndian(side == 0 ? [0, both[0], both[1], both[2]] : [0, both[3], both[4], both[5]]);
            case 28:
                uint middle = both[3];
                return side == 0
                    ? ((middle & 0xF0) << 20) | (uint)(both[0] << 16 | both[1] << 8 | both[2])
                    : ((middle & 0x0F) << 24) | (uint)(both[4] << 16 | both[5] << 8 | both[6]);
            default:
                return BinaryPrimitives.ReadUInt32BigEndian(both[(side * 4)..]);
        }
    }
}

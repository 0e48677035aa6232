using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace GeoIp.Places;

/// <summary>The database that is built in: which country an address was given to. <c>Data/make.cjs</c> writes it, and says how.</summary>
internal sealed class CountryDatabase : IAddressDatabase
{
    private const int MaxRanges = 4_000_000;

    // Where ranges begin, and the index of each one's country; a range goes on until the next begins.
    private readonly uint[] _ipv4;
    private readonly byte[] _ipv4Countries;
    private readonly ulong[] _ipv6; // the upper half of the address
    private readonly byte[] _ipv6Countries;
    private readonly Place?[] _countries;

    private CountryDatabase(Stream content)
    {
        Reader reader = new(content);
        Info = new DatabaseInfo(reader.Text(), reader.Text(), reader.Text(), HasCities: false);
        int countries = reader.Count(255);
        _countries = [null, .. Enumerable.Range(0, countries).Select(_ => Countries.Find(Encoding.ASCII.GetString(reader.Bytes(2))))];
        _ipv4 = Array.ConvertAll(reader.Beginnings(uint.MaxValue), begin => (uint)begin);
        _ipv4Countries = reader.Countries(_ipv4.Length, countries);
        _ipv6 = reader.Beginnings(ulong.MaxValue);
        _ipv6Countries = reader.Countries(_ipv6.Length, countries);
    }

    /// <inheritdoc/>
    public DatabaseInfo Info { get; }

    /// <summary>The database that this program carries with it.</summary>
    public static CountryDatabase Load() => Parse(EmbeddedFile.Read("countries.bin"));

    /// <summary>Reads a database.</summary>
    /// <exception cref="InvalidDataException">The bytes are none.</exception>
    public static CountryDatabase Parse(byte[] bytes)
    {
        if (!bytes.AsSpan().StartsWith("GEOIPDB1"u8))
        {
            throw new InvalidDataException("This is no database of GeoIp's.");
        }

        try
        {
            using BrotliStream content = new(new MemoryStream(bytes, 8, bytes.Length - 8), CompressionMode.Decompress);
            using BufferedStream buffered = new(content, 64 * 1024);
            return new CountryDatabase(buffered);
        }
        catch (Exception e) when (e is EndOfStreamException or InvalidOperationException)
        {
            throw new InvalidDataException("The database is damaged.", e);
        }
    }

    /// <inheritdoc/>
    public Place? Find(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return address.AddressFamily == AddressFamily.InterNetwork
            ? Find(_ipv4, _ipv4Countries, BinaryPrimitives.ReadUInt32BigEndian(bytes))
            : Find(_ipv6, _ipv6Countries, BinaryPrimitives.ReadUInt64BigEndian(bytes));
    }

    private Place? Find<T>(T[] beginnings, byte[] countries, T number)
        where T : struct, IComparable<T>
    {
        int index = Array.BinarySearch(beginnings, number);
        index = index < 0 ? ~index - 1 : index;
        return index < 0 ? null : _countries[countries[index]];
    }

    private readonly struct Reader(Stream content)
    {
        public ulong Number()
        {
            ulong number = 0;
            for (int shift = 0; shift < 64; shift += 7)
            {
                int part = content.ReadByte();
                if (part < 0)
                {
                    throw new EndOfStreamException();
                }

                number |= (ulong)(part & 0x7f) << shift;
                if (part < 0x80)
                {
                    return number;
                }
            }

            throw new InvalidDataException("The database is damaged: a number is too long.");
        }

        public int Count(int most) => Number() is var count && count <= (ulong)most ? (int)count : throw new InvalidDataException($"The database is damaged: {count} is too many.");

        public byte[] Bytes(int count)
        {
            byte[] bytes = new byte[count];
            content.ReadExactly(bytes);
            return bytes;
        }

        public string Text() => Encoding.UTF8.GetString(Bytes(Count(1000)));

        public ulong[] Beginnings(ulong last)
        {
            ulong[] beginnings = new ulong[Count(MaxRanges)];
            ulong before = 0;
            for (int i = 0; i < beginnings.Length; i++)
            {
                ulong distance = Number();
                if (distance > last - before || (distance == 0 && i > 0))
                {
                    throw new InvalidDataException("The database is damaged: its ranges are not in order.");
                }

                before += distance;
                beginnings[i] = before;
            }

            return beginnings;
        }

        public byte[] Countries(int count, int countries)
        {
            byte[] indices = Bytes(count);
            return indices.AsSpan().IndexOfAnyExceptInRange((byte)0, (byte)countries) < 0 ? indices : throw new InvalidDataException("The database is damaged: there is no such country.");
        }
    }
}

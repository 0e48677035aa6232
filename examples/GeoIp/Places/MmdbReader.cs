using System.Buffers.Binary;
using System.Text;

namespace GeoIp.Places;

/// <summary>
/// Reads values of a MaxMind database where they lie: a value is its position. Whatever the bytes are, a value is found or <see cref="InvalidDataException"/>
/// thrown, in time that is bounded by their number.
/// </summary>
/// <param name="bytes">The section that the values are in; positions and pointers count from its beginning.</param>
internal readonly struct MmdbReader(ReadOnlyMemory<byte> bytes)
{
    private const int LongestText = 4096;

    private enum Kind
    {
        Extended = 0,
        Pointer = 1,
        Text = 2,
        Double = 3,
        Bytes = 4,
        UInt16 = 5,
        UInt32 = 6,
        Map = 7,
        Int32 = 8,
        UInt64 = 9,
        UInt128 = 10,
        Array = 11,
        Boolean = 14,
        Float = 15,
    }

    /// <summary>Finds a value by the names on the way to it.</summary>
    /// <returns>Its position; <see langword="null"/> where there is none.</returns>
    /// <exception cref="InvalidDataException">The bytes are damaged.</exception>
    public int? Find(int position, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (FindInMap(position, name) is not { } found)
            {
                return null;
            }

            position = found;
        }

        return position;
    }

    /// <summary>A text; <see langword="null"/> where the value is something else.</summary>
    public string? ReadText(int? at)
    {
        if (at is not { } position)
        {
            return null;
        }

        Header header = ReadResolved(position);
        return header.Kind == Kind.Text && header.Size <= LongestText ? Encoding.UTF8.GetString(Slice(header.Content, header.Size)) : null;
    }

    /// <summary>A number with a fraction; <see langword="null"/> where the value is something else, or no number at all.</summary>
    public double? ReadNumber(int? at)
    {
        if (at is not { } position)
        {
            return null;
        }

        Header header = ReadResolved(position);
        double? number = (header.Kind, header.Size) switch
        {
            (Kind.Double, 8) => BinaryPrimitives.ReadDoubleBigEndian(Slice(header.Content, 8)),
            (Kind.Float, 4) => BinaryPrimitives.ReadSingleBigEndian(Slice(header.Content, 4)),
            _ => null,
        };
        return number is { } real && double.IsFinite(real) ? real : null;
    }

    /// <summary>A number without; <see langword="null"/> where the value is something else.</summary>
    public ulong? ReadWhole(int? at)
    {
        if (at is not { } position)
        {
            return null;
        }

        Header header = ReadResolved(position);
        if (header.Kind is not (Kind.UInt16 or Kind.UInt32 or Kind.UInt64) || header.Size > 8)
        {
            return null;
        }

        ulong number = 0;
        foreach (byte part in Slice(header.Content, header.Size))
        {
            number = (number << 8) | part;
        }

        return number;
    }

    private int? FindInMap(int position, string name)
    {
        Header map = ReadResolved(position);
        if (map.Kind != Kind.Map)
        {
            return null;
        }

        int next = map.Content;
        for (int i = 0; i < map.Size; i++)
        {
            Header key = ReadHeader(next);
            Header text = key.Kind == Kind.Pointer ? ReadResolved(next) : key;
            if (text.Kind != Kind.Text)
            {
                throw Damaged(next, "a map's key is no text");
            }

            int value = key.Kind == Kind.Pointer ? key.Content : End(key);
            if (Ascii.Equals(Slice(text.Content, text.Size), name))
            {
                return value;
            }

            next = Skip(value);
        }

        return null;
    }

    /// <summary>Where the value after this one begins.</summary>
    private int Skip(int position)
    {
        // Maps and arrays only add to what is still to be skipped: every turn goes forward, and nothing recurses.
        for (long left = 1; left > 0; left--)
        {
            Header header = ReadHeader(position);
            switch (header.Kind)
            {
                case Kind.Pointer:
                    position = header.Content;
                    break;
                case Kind.Map:
                    left += 2L * header.Size;
                    position = header.Content;
                    break;
                case Kind.Array:
                    left += header.Size;
                    position = header.Content;
                    break;
                case Kind.Boolean:
                    position = header.Content;
                    break;
                default:
                    position = End(header);
                    break;
            }
        }

        return position;
    }

    private Header ReadResolved(int position)
    {
        Header header = ReadHeader(position);
        if (header.Kind != Kind.Pointer)
        {
            return header;
        }

        Header target = ReadHeader(header.Size);
        return target.Kind != Kind.Pointer ? target : throw Damaged(position, "a pointer leads to a pointer");
    }

    /// <summary>A value's kind and size, and where its content begins. A pointer's size is where it leads.</summary>
    private Header ReadHeader(int position)
    {
        int control = Slice(position, 1)[0];
        position++;
        Kind kind = (Kind)(control >> 5);
        if (kind == Kind.Pointer)
        {
            int length = ((control >> 3) & 3) + 1;
            ReadOnlySpan<byte> rest = Slice(position, length);
            long target = length == 4 ? 0 : control & 7;
            foreach (byte part in rest)
            {
                target = (target << 8) | part;
            }

            target += length switch { 2 => 2048, 3 => 526336, _ => 0 };
            return target < bytes.Length ? new Header(kind, (int)target, position + length) : throw Damaged(position, "a pointer leads out of the data");
        }

        if (kind == Kind.Extended)
        {
            kind = (Kind)(Slice(position, 1)[0] + 7);
            position++;
        }

        int size = control & 31;
        if (size >= 29)
        {
            int length = size - 28;
            int more = 0;
            foreach (byte part in Slice(position, length))
            {
                more = (more << 8) | part;
            }

            size = more + length switch { 1 => 29, 2 => 285, _ => 65_821 };
            position += length;
        }

        return new Header(kind, size, position);
    }

    private int End(Header header) => header.Size <= bytes.Length - header.Content ? header.Content + header.Size : throw Damaged(header.Content, "a value reaches beyond the data");

    private ReadOnlySpan<byte> Slice(int position, int length)
        => (uint)position <= (uint)bytes.Length && length <= bytes.Length - position ? bytes.Span.Slice(position, length) : throw Damaged(position, "a value reaches beyond the data");

    private static InvalidDataException Damaged(int position, string what) => new($"{what} (byte {position} of its section)");

    private readonly record struct Header(Kind Kind, int Size, int Content);
}

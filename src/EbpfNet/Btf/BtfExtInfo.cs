using System.Collections.Immutable;
using EbpfNet.Buffers;

namespace EbpfNet.Btf;

/// <summary>
/// The contents of a <c>.BTF.ext</c> section: which function and which source line each instruction belongs to, and where the program
/// depends on the kernel's types. Records are listed by the name of the ELF section whose instructions they are about, in file order.
/// </summary>
public sealed class BtfExtInfo
{
    private const uint MinimumHeaderSize = 24;
    private const uint HeaderSizeWithCoreRelocations = 32;
    private const uint FunctionRecordSize = 8;
    private const uint LineRecordSize = 16;
    private const uint CoreRecordSize = 16;

    private readonly Dictionary<string, ImmutableArray<BtfFuncInfo>> _functions;
    private readonly Dictionary<string, ImmutableArray<BtfLineInfo>> _lines;
    private readonly Dictionary<string, ImmutableArray<BtfCoreRelocation>> _coreRelocations;

    private BtfExtInfo(
        Dictionary<string, ImmutableArray<BtfFuncInfo>> functions,
        Dictionary<string, ImmutableArray<BtfLineInfo>> lines,
        Dictionary<string, ImmutableArray<BtfCoreRelocation>> coreRelocations)
    {
        _functions = functions;
        _lines = lines;
        _coreRelocations = coreRelocations;
    }

    private delegate T RecordReader<T>(ref SpanReader record);

    /// <summary>Which function starts where, by ELF section.</summary>
    public IReadOnlyDictionary<string, ImmutableArray<BtfFuncInfo>> Functions => _functions;

    /// <summary>Which source line each instruction came from, by ELF section.</summary>
    public IReadOnlyDictionary<string, ImmutableArray<BtfLineInfo>> Lines => _lines;

    /// <summary>The CO-RE relocations, by ELF section.</summary>
    public IReadOnlyDictionary<string, ImmutableArray<BtfCoreRelocation>> CoreRelocations => _coreRelocations;

    /// <summary>Parses a <c>.BTF.ext</c> section in either byte order.</summary>
    /// <param name="data">The section's contents.</param>
    /// <param name="spec">The BTF from the same object, which holds the types and strings referred to.</param>
    /// <param name="section">The name that complaints give to these bytes.</param>
    /// <returns>The records. Compilers may write longer records than this library knows: what is added is passed over.</returns>
    /// <exception cref="BpfObjectFormatException">The bytes are malformed, or refer to types or strings that the BTF does not have.</exception>
    public static BtfExtInfo Parse(ReadOnlyMemory<byte> data, BtfSpec spec, string section = ".BTF.ext")
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(section);
        SpanReader reader = BtfHeader.Open(data.Span, section, MinimumHeaderSize, out uint headerLength);
        SpanReader functions = Part(ref reader, headerLength, "the function info");
        SpanReader lines = Part(ref reader, headerLength, "the line info");
        SpanReader relocations = headerLength >= HeaderSizeWithCoreRelocations
            ? Part(ref reader, headerLength, "the CO-RE relocations")
            : new SpanReader([], reader.IsBigEndian, section);

        return new BtfExtInfo(
            Read(functions, spec, FunctionRecordSize, "function info", (ref SpanReader record) => new BtfFuncInfo(record.ReadUInt32(), ReadType(ref record, spec))),
            Read(lines, spec, LineRecordSize, "line info", (ref SpanReader record) => new BtfLineInfo(spec, record.ReadUInt32(), ReadString(ref record, spec), ReadString(ref record, spec), record.ReadUInt32())),
            Read(relocations, spec, CoreRecordSize, "CO-RE relocation", (ref SpanReader record) => ReadRelocation(ref record, spec)));
    }

    private static SpanReader Part(ref SpanReader reader, uint headerLength, string what)
    {
        uint offset = reader.ReadUInt32();
        uint length = reader.ReadUInt32();
        return length == 0 ? new SpanReader([], reader.IsBigEndian, reader.Section) : reader.Slice(headerLength + (ulong)offset, length, what);
    }

    private static Dictionary<string, ImmutableArray<T>> Read<T>(SpanReader reader, BtfSpec spec, uint minimumSize, string what, RecordReader<T> readRecord)
    {
        // Several parts for one section are unusual, but nothing forbids them.
        var sections = new Dictionary<string, ImmutableArray<T>.Builder>();
        if (reader.Length == 0)
        {
            return [];
        }

        uint recordSize = reader.ReadUInt32();
        if (recordSize < minimumSize || recordSize % 4 != 0)
        {
            throw reader.ErrorAt(0, $"{what} records of {recordSize} bytes were announced: at least {minimumSize} and a multiple of 4 were expected");
        }

        while (reader.Remaining != 0)
        {
            string section = spec.Strings.GetName(ReadString(ref reader, spec));
            uint count = reader.ReadUInt32();
            if (count == 0)
            {
                throw reader.ErrorAt(reader.Position - 4, $"section {section} is listed with no {what} records: at least one was expected");
            }

            reader.RequireRecords(count, recordSize, $"{what} records");
            if (!sections.TryGetValue(section, out ImmutableArray<T>.Builder? records))
            {
                sections.Add(section, records = ImmutableArray.CreateBuilder<T>((int)count));
            }

            for (uint i = 0; i < count; i++)
            {
                SpanReader record = reader.Slice((ulong)reader.Position, recordSize, what);
                reader.Skip(recordSize);
                records.Add(readRecord(ref record));
            }
        }

        return sections.ToDictionary(part => part.Key, part => part.Value.DrainToImmutable());
    }

    private static BtfCoreRelocation ReadRelocation(ref SpanReader record, BtfSpec spec)
    {
        uint instructionOffset = record.ReadUInt32();
        BtfTypeId type = ReadType(ref record, spec);
        uint accessOffset = ReadString(ref record, spec);
        uint kind = record.ReadUInt32();
        return kind <= (uint)BtfCoreRelocationKind.TypeMatches
            ? new BtfCoreRelocation(instructionOffset, type, accessOffset, spec.GetString(accessOffset), (BtfCoreRelocationKind)kind)
            : throw record.ErrorAt(12, $"a CO-RE relocation of kind {kind} is not known: kinds 0 to 12 were expected");
    }

    private static BtfTypeId ReadType(ref SpanReader reader, BtfSpec spec)
    {
        uint id = reader.ReadUInt32();
        return id < (uint)spec.TypeCount
            ? new BtfTypeId(id)
            : throw reader.ErrorAt(reader.Position - 4, $"type id {id} does not exist: the highest in {spec.Section} is {spec.TypeCount - 1}");
    }

    private static uint ReadString(ref SpanReader reader, BtfSpec spec)
    {
        uint offset = reader.ReadUInt32();
        return offset < spec.StringLength
            ? offset
            : throw reader.ErrorAt(reader.Position - 4, $"string offset 0x{offset:x} lies beyond the end of the strings of {spec.Section} (0x{spec.StringLength:x} bytes)");
    }
}

using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.Tool.Inspect;

/// <summary>The elements of a map, each as its types say, or in hexadecimal where there are none.</summary>
internal sealed unsafe class MapDump
{
    private static readonly JsonWriterOptions JsonOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly BpfMap _map;
    private readonly BtfSpec? _types;
    private readonly BtfTypeId _keyType;
    private readonly BtfTypeId _valueType;
    private readonly int _cpus;
    private readonly int _stride;

    internal MapDump(BpfMap map)
    {
        _map = map;
        (_types, _keyType, _valueType) = (map.Btf, map.KeyTypeId, map.ValueTypeId);
        _cpus = IsPerCpu ? PossibleCpus.Count : 1;
        _stride = IsPerCpu ? (map.ValueSize + 7) & ~7 : map.ValueSize;
        if (map.Type == BpfMapType.StructOps && map.GetInfo() is { KernelValueTypeId: not 0 } info)
        {
            _types = ReadKernelTypes(info.KernelBtfId);
            _valueType = new BtfTypeId(info.KernelValueTypeId);
        }
    }

    private bool IsPerCpu => _map.Type is BpfMapType.PerCpuHash or BpfMapType.LruPerCpuHash or BpfMapType.PerCpuArray or BpfMapType.PerCpuCgroupStorage;

    private bool IsList => _map.Type is BpfMapType.Queue or BpfMapType.Stack;

    /// <summary>One line for each element, or for each CPU's value of one.</summary>
    /// <returns>How many elements there were.</returns>
    internal int Write(TextWriter output, bool asJson)
    {
        RequireElements();
        int count = 0;
        byte[] value = new byte[Math.Max(_stride * _cpus, sizeof(ulong))];
        if (IsList)
        {
            // Only what comes next can be looked at without being taken out.
            return WriteElement(output, asJson, [], value) ? 1 : 0;
        }

        using MapWalk walk = MapWalk.Begin(_map, 0);
        while (walk.MoveNext())
        {
            fixed (byte* key = &walk.Element.Key)
            {
                count += WriteElement(output, asJson, new ReadOnlySpan<byte>(key, _map.KeySize), value) ? 1 : 0;
            }
        }

        return count;
    }

    private void RequireElements()
    {
        string? reason = _map.Type switch
        {
            BpfMapType.RingBuf or BpfMapType.UserRingBuf => "is a ring buffer: its records are for its one reader",
            BpfMapType.BloomFilter => "is a Bloom filter: it knows whether it has a value, and not which ones",
            BpfMapType.Arena => "is an arena: memory without elements",
            BpfMapType.TaskStorage or BpfMapType.SkStorage or BpfMapType.InodeStorage or BpfMapType.CgrpStorage => "keeps its values with tasks, sockets, inodes or control groups, which the kernel does not list",
            _ => null,
        };
        if (reason is not null)
        {
            throw new BpfNotSupportedException($"listing the elements of {_map}", $"it {reason}");
        }
    }

    private bool WriteElement(TextWriter output, bool asJson, ReadOnlySpan<byte> key, byte[] value)
    {
        int result;
        fixed (byte* keyStart = key, valueStart = value)
        {
            result = MapElements.Lookup(_map.Handle, keyStart, valueStart, _map.LockFlag);
        }

        if (result == MapElements.NotFound)
        {
            return false; // An empty place, or gone meanwhile.
        }

        BpfErrno error = result < 0 ? (BpfErrno)(-result) : BpfErrno.None;
        output.WriteLine(asJson ? ToJson(key, value, error) : ToText(key, value, error));
        return true;
    }

    private string ToText(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, BpfErrno error)
    {
        string start = key.IsEmpty ? "" : $"{Format(key, _keyType, isKey: true)}: ";
        if (error != BpfErrno.None)
        {
            return $"{start}(the kernel does not show it: {error})";
        }

        if (!IsPerCpu)
        {
            return start + Format(value[.._map.ValueSize], _valueType, isKey: false);
        }

        StringBuilder text = new(start.TrimEnd());
        for (int cpu = 0; cpu < _cpus; cpu++)
        {
            text.AppendLine().Append(CultureInfo.InvariantCulture, $"  cpu {cpu}: {Format(value.Slice(cpu * _stride, _map.ValueSize), _valueType, isKey: false)}");
        }

        return text.ToString();
    }

    private string ToJson(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, BpfErrno error)
    {
        using MemoryStream bytes = new();
        using (Utf8JsonWriter writer = new(bytes, JsonOptions))
        {
            writer.WriteStartObject();
            if (!key.IsEmpty)
            {
                writer.WritePropertyName("key");
                Write(writer, key, _keyType, isKey: true);
            }

            if (error != BpfErrno.None)
            {
                writer.WriteString("error", error.ToString());
            }
            else if (!IsPerCpu)
            {
                writer.WritePropertyName("value");
                Write(writer, value[.._map.ValueSize], _valueType, isKey: false);
            }
            else
            {
                writer.WriteStartArray("values");
                for (int cpu = 0; cpu < _cpus; cpu++)
                {
                    Write(writer, value.Slice(cpu * _stride, _map.ValueSize), _valueType, isKey: false);
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    private string Format(ReadOnlySpan<byte> bytes, BtfTypeId type, bool isKey) =>
        TryNumber(bytes, isKey, out string prefix, out uint number) ? string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}")
        : _types is null || type.IsVoid ? $"0x{Convert.ToHexStringLower(bytes)}"
        : BtfValueFormatter.Format(_types, type, bytes);

    private void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> bytes, BtfTypeId type, bool isKey)
    {
        if (TryNumber(bytes, isKey, out _, out uint number))
        {
            writer.WriteNumberValue(number);
        }
        else if (_types is null || type.IsVoid)
        {
            writer.WriteStringValue($"0x{Convert.ToHexStringLower(bytes)}");
        }
        else
        {
            BtfValueFormatter.WriteJson(_types, type, bytes, writer);
        }
    }

    /// <summary>What is a number whatever the types say: an array's index, or the id of what an element refers to.</summary>
    private bool TryNumber(ReadOnlySpan<byte> bytes, bool isKey, out string prefix, out uint number)
    {
        prefix = isKey ? "" : _map.Type switch
        {
            BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps => "map ",
            BpfMapType.ProgArray => "program ",
            _ => "",
        };
        bool isNumber = bytes.Length == sizeof(uint) && (isKey ? IsIndex : prefix.Length > 0);
        number = isNumber ? BitConverter.ToUInt32(bytes) : 0;
        return isNumber;
    }

    private bool IsIndex => _map.Type is BpfMapType.Array or BpfMapType.PerCpuArray or BpfMapType.ArrayOfMaps or BpfMapType.ProgArray or BpfMapType.SockMap or BpfMapType.DevMap or BpfMapType.CpuMap
        or BpfMapType.XskMap or BpfMapType.ReusePortSockArray or BpfMapType.PerfEventArray or BpfMapType.CgroupArray;

    private static BtfSpec? ReadKernelTypes(uint id)
    {
        if (id == 0)
        {
            return EbpfNet.KernelBtf.TryOpenRunning()?.Vmlinux;
        }

        using BpfBtf types = BpfBtf.OpenById(id);
        return types.ToSpec();
    }
}

using EbpfNet.Abi;
using EbpfNet.Btf;

namespace EbpfNet.Objects;

/// <summary>
/// Reads one map's definition: a struct whose members are all pointers. What a member points to is what it says: <c>int (*max_entries)[64]</c>
/// is the number 64 (<c>__uint</c>), <c>struct flow *value</c> a type (<c>__type</c>). Numbers beyond 32 bits are enums of one constant (<c>__ulong</c>).
/// </summary>
internal sealed class BtfMapDefinition(BtfSpec btf, string name, uint offset, bool isInner = false)
{
    private uint? _keySize;
    private uint? _valueSize;
    private uint? _values;
    private BpfMapSpec _map = null!;

    /// <summary>Reads the definition.</summary>
    /// <param name="type">The variable's type.</param>
    /// <param name="section">The index of the section that the variable is in.</param>
    /// <param name="values">Where the initial values start, in bytes from the start of the variable; null when there can be none.</param>
    public BpfMapSpec Read(BtfTypeId type, int section, out uint? values)
    {
        if (btf[btf.SkipModifiers(type)] is not BtfStruct definition)
        {
            throw Complaint($"a map is defined by a struct, but the variable is of type '{btf.Describe(type)}'");
        }

        _map = new BpfMapSpec(name, BpfMapType.Unspecified) { Origin = (section, offset) };
        foreach (BtfMember member in definition.Members)
        {
            if (_values is not null)
            {
                throw Complaint("the member 'values' is not the last one");
            }

            ReadMember(member);
        }

        if (_map.Type == BpfMapType.Unspecified)
        {
            throw Complaint("the definition does not say the map's type (__uint(type, BPF_MAP_TYPE_...))");
        }

        _map.KeySize = Size(_keySize, "key_size");
        _map.ValueSize = Size(_valueSize, "value_size");
        values = _values;
        return _map;
    }

    public BpfObjectFormatException Complaint(string problem) => new($"map '{name}': {problem}", ObjectNames.BtfMaps, offset);

    private void ReadMember(BtfMember member)
    {
        switch (member.Name)
        {
            case "type":
                _map.Type = (BpfMapType)ReadNumber(member);
                break;
            case "max_entries":
                _map.MaxEntries = ReadNumber(member);
                break;
            case "map_flags":
                _map.Flags = (BpfMapFlags)ReadNumber(member);
                break;
            case "map_extra":
                _map.Extra = ReadLongNumber(member);
                break;
            case "numa_node":
                _map.NumaNode = (int)ReadNumber(member);
                break;
            case "key_size":
                SetSize(ref _keySize, ReadNumber(member), member.Name);
                break;
            case "value_size":
                SetSize(ref _valueSize, ReadNumber(member), member.Name);
                break;
            case "key":
                _map.KeyTypeId = ReadType(member, ref _keySize);
                break;
            case "value":
                _map.ValueTypeId = ReadType(member, ref _valueSize);
                break;
            case "pinning":
                ReadPinning(member);
                break;
            case "values":
                ReadValues(member);
                break;
            default:
                throw Complaint($"the definition has a member '{member.Name}', which means nothing");
        }
    }

    private void SetSize(ref uint? size, uint value, string member) =>
        size = size is null || size == value
            ? value
            : throw Complaint($"the member '{member}' says {value} bytes, but another member said {size}");

    private int Size(uint? size, string member) =>
        size is null or <= int.MaxValue
            ? (int)(size ?? 0)
            : throw Complaint($"the member '{member}' says {size} bytes, which is more than any kernel takes");

    private BtfTypeId ReadType(BtfMember member, ref uint? size)
    {
        BtfTypeId target = Pointee(member);
        if (!btf.TrySizeOf(target, out uint bytes))
        {
            throw Complaint($"the member '{member.Name}' names the type '{btf.Describe(target)}', which has no size");
        }

        SetSize(ref size, bytes, member.Name);
        return target;
    }

    private void ReadPinning(BtfMember member)
    {
        uint value = ReadNumber(member);
        _map.Pinning = value <= (uint)BpfMapPinning.ByName
            ? (BpfMapPinning)value
            : throw Complaint($"the member 'pinning' is {value}; 0 (LIBBPF_PIN_NONE) or 1 (LIBBPF_PIN_BY_NAME) was expected");
        if (isInner)
        {
            throw Complaint("the definition of an inner map cannot be pinned");
        }
    }

    private void ReadValues(BtfMember member)
    {
        if (isInner)
        {
            throw Complaint("the definition of an inner map has 'values' of its own; maps of maps nest only once");
        }

        bool isProgramArray = _map.Type == BpfMapType.ProgArray;
        if (!isProgramArray && _map.Type is not (BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps))
        {
            throw Complaint($"only maps of maps and program arrays can have 'values', and only after 'type'; this is {_map.Type.CName()}");
        }

        if (_valueSize is not (null or 0 or 4))
        {
            throw Complaint($"the value size is {_valueSize}, but maps with 'values' have values of 4 bytes");
        }

        if (btf[btf.SkipModifiers(member.Type)] is not BtfArray { Length: 0 } array || btf[btf.SkipModifiers(array.ElementType)] is not BtfPointer pointer)
        {
            throw Complaint($"the member 'values' is of type '{btf.Describe(member.Type)}'; an array of pointers without a length was expected");
        }

        _valueSize = 4;
        _values = member.ByteOffset;
        BtfTypeId target = btf.SkipModifiers(pointer.Target);
        if (isProgramArray)
        {
            if (btf.GetKind(target) != BtfKind.FunctionPrototype)
            {
                throw Complaint($"the member 'values' of a program array must point to functions, not to '{btf.Describe(target)}'");
            }
        }
        else
        {
            _map.InnerMap = new BtfMapDefinition(btf, name + ".inner", offset, isInner: true).Read(target, -1, out _);
        }
    }

    private uint ReadNumber(BtfMember member)
    {
        ulong value = ReadLongNumber(member);
        return value <= uint.MaxValue ? (uint)value : throw Complaint($"the member '{member.Name}' is {value}, which does not fit into 32 bits");
    }

    private ulong ReadLongNumber(BtfMember member) => btf[btf.SkipModifiers(member.Type)] switch
    {
        BtfPointer pointer when btf[btf.SkipModifiers(pointer.Target)] is BtfArray array => array.Length,
        BtfEnum { Enumerators: [var only], IsSigned: var signed } => signed ? only.UnsignedValue : (uint)only.Value,
        BtfEnum64 { Enumerators: [var only] } => only.UnsignedValue,
        _ => throw Complaint($"the member '{member.Name}' is of type '{btf.Describe(member.Type)}'; a number is written __uint({member.Name}, ...), and giving it an initial value is not supported"),
    };

    private BtfTypeId Pointee(BtfMember member) =>
        btf[btf.SkipModifiers(member.Type)] is BtfPointer pointer
            ? pointer.Target
            : throw Complaint($"the member '{member.Name}' is of type '{btf.Describe(member.Type)}'; a type is written __type({member.Name}, ...)");
}

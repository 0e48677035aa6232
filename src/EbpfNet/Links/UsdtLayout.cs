using System.Buffers.Binary;
using EbpfNet.Btf;

namespace EbpfNet;

/// <summary>
/// How an object wants the places of a USDT probe's arguments written: <c>struct __bpf_usdt_spec</c> as its own types describe it, because the struct of libbpf 1.7 has other offsets than the one
/// before; without types, by its size.
/// </summary>
internal sealed class UsdtLayout
{
    private const string Arguments = "args";

    private readonly int _size;
    private readonly int _count;
    private readonly int _stride;
    private readonly Place _cookie;
    private readonly Place _argumentCount;
    private readonly Place _value;
    private readonly Place _kind;
    private readonly Place _register;
    private readonly Place _isSigned;
    private readonly Place _shift;
    private readonly Place? _index;
    private readonly Place? _scale;

    private UsdtLayout(int size, int count, int stride, Func<string, Place?> outer, Func<string, Place?> inner)
    {
        (_size, _count, _stride) = (size, count, stride);
        _cookie = Require(outer, "usdt_cookie");
        _argumentCount = Require(outer, "arg_cnt");
        _value = Require(inner, "val_off");
        _kind = Require(inner, "arg_type");
        _register = Require(inner, "reg_off");
        _isSigned = Require(inner, "arg_signed");
        _shift = Require(inner, "arg_bitshift");
        (_index, _scale) = (inner("idx_reg_off"), inner("scale_bitshift"));
    }

    /// <summary>The layout of a map of them.</summary>
    /// <exception cref="BpfLayoutException">It is not what USDT programs have.</exception>
    public static UsdtLayout Of(BpfMap map)
    {
        UsdtLayout layout = map is { Btf: { } types, ValueTypeId.Value: not 0 } ? FromTypes(types, map.ValueTypeId) : FromSize((int)map.ValueSize);
        return map.KeySize == sizeof(uint) && layout._size == map.ValueSize ? layout : throw Unknown($"{map} has keys of {map.KeySize} bytes and values of {map.ValueSize}");
    }

    internal static UsdtLayout FromTypes(BtfSpec types, BtfTypeId spec)
    {
        if (!types.TryFindField(spec, Arguments, out BtfField field) || types[types.SkipModifiers(field.Type)] is not BtfArray array)
        {
            throw Unknown($"its values have no array '{Arguments}'");
        }

        int start = (int)field.ByteOffset;
        int stride = (int)types.SizeOf(array.ElementType);
        return new UsdtLayout((int)types.SizeOf(spec), (int)Math.Min(array.Length, int.MaxValue / Math.Max(1, stride)), stride, name => Find(types, spec, name, 0), name => Find(types, array.ElementType, name, start));
    }

    internal static UsdtLayout FromSize(int size)
    {
        // 12 arguments, a cookie, their number; behind libbpf 1.7's bit fields the rest has moved.
        int stride = size switch
        {
            (12 * 16) + 16 => 16,
            (12 * 24) + 16 => 24,
            _ => throw Unknown($"its values have {size} bytes and no types that would explain them"),
        };
        int register = stride == 16 ? 12 : 14;
        return new UsdtLayout(
            size,
            12,
            stride,
            name => name == "usdt_cookie" ? new Place(12 * stride * 8, 64) : new Place(((12 * stride) + 8) * 8, 16),
            name => name switch
            {
                "val_off" => new Place(0, 64),
                "arg_type" => new Place(64, stride == 16 ? 32 : 8),
                "reg_off" => new Place(register * 8, 16),
                "arg_signed" => new Place((register + 2) * 8, 8),
                "arg_bitshift" => new Place((register + 3) * 8, 8),
                "idx_reg_off" when stride == 24 => new Place(80, 12),
                "scale_bitshift" when stride == 24 => new Place(92, 4),
                _ => null,
            });
    }

    /// <summary>Writes the places of a probe's arguments.</summary>
    /// <exception cref="BpfNotSupportedException">There are more than there is room for, or one needs what this layout does not have.</exception>
    public byte[] Write(IReadOnlyList<UsdtArgument> arguments, ulong cookie)
    {
        if (arguments.Count > _count)
        {
            throw new BpfNotSupportedException($"A USDT probe with {arguments.Count} arguments", $"programs have room for {_count}");
        }

        byte[] bytes = new byte[_size];
        Put(bytes, _cookie, 0, cookie);
        Put(bytes, _argumentCount, 0, (ulong)arguments.Count);
        for (int i = 0; i < arguments.Count; i++)
        {
            UsdtArgument argument = arguments[i];
            int at = i * _stride * 8;
            Put(bytes, _value, at, unchecked((ulong)argument.Value));
            Put(bytes, _kind, at, (ulong)argument.Kind);
            Put(bytes, _register, at, (ulong)argument.Register);
            Put(bytes, _isSigned, at, argument.IsSigned ? 1ul : 0);
            Put(bytes, _shift, at, (ulong)(64 - (argument.Size * 8)));
            if (argument.Kind == UsdtArgumentKind.IndexedMemory)
            {
                if (_index is not { } index || _scale is not { } scale)
                {
                    throw new BpfNotSupportedException("A USDT argument in memory at two registers", "the object was built with a header that does not know those (libbpf's does since 1.7): build it with a newer one");
                }

                Put(bytes, index, at, (ulong)argument.Index);
                Put(bytes, scale, at, (ulong)argument.Shift);
            }
        }

        return bytes;
    }

    /// <summary>Puts a number's bits where they belong; they lie within 8 bytes in little-endian order.</summary>
    private static void Put(byte[] bytes, Place place, int at, ulong value)
    {
        int bit = at + place.Bit;
        int first = bit / 8;
        Span<byte> window = stackalloc byte[sizeof(ulong)];
        Span<byte> target = bytes.AsSpan(first, Math.Min(sizeof(ulong), bytes.Length - first));
        target.CopyTo(window);
        ulong mask = place.Bits == 64 ? ulong.MaxValue : ((1UL << place.Bits) - 1) << (bit % 8);
        ulong old = BinaryPrimitives.ReadUInt64LittleEndian(window);
        BinaryPrimitives.WriteUInt64LittleEndian(window, (old & ~mask) | ((value << (bit % 8)) & mask));
        window[..target.Length].CopyTo(target);
    }

    private static Place? Find(BtfSpec types, BtfTypeId type, string name, int start) =>
        types.TryFindField(type, name, out BtfField field) ? new Place((int)field.BitOffset + (start * 8), field.IsBitfield ? field.BitfieldSize : (int)types.SizeOf(field.Type) * 8) : null;

    private static Place Require(Func<string, Place?> find, string name) => find(name) ?? throw Unknown($"its values have no field '{name}'");

    private static BpfLayoutException Unknown(string problem) =>
        new("struct __bpf_usdt_spec", "the map '__bpf_usdt_specs' of the object", $"{problem}: it was built with a header for USDT programs that is not known");

    private readonly record struct Place(int Bit, int Bits);
}
